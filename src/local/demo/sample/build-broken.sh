#!/bin/sh
# Puts what is deployed into build/.
set -e
mkdir -p build/handler
cp handler/ordesr.py build/handler/
echo "built $(ls build/handler)"
