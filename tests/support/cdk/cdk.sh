#!/bin/sh
# The pinned CDK CLI, kept from asking anyone but the endpoint.
exec env CDK_DISABLE_CLI_TELEMETRY=true CDK_DISABLE_VERSION_CHECK=true PROGRAM "$@" --no-notices
