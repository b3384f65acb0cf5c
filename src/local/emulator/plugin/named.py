"""What a request is about where it is named in a list: the emulator looks for names outside of lists only."""

import functools
import json

from ministack.core import iam_actions

LISTS = {
    "ecr": ("repositoryNames", "arn:aws:ecr:{region}:{account}:repository/{name}"),
    "monitoring": ("AlarmNames", "arn:aws:cloudwatch:{region}:{account}:alarm:{name}"),
}


def install():
    """Lets rights be checked for what such a request is about."""
    iam_actions.extract_resource_arn = with_named_resource(iam_actions.extract_resource_arn)


def with_named_resource(extract):
    """Makes the resource of a request that names one thing in a list that thing."""

    @functools.wraps(extract)
    def find(service, method, path, headers, body, query, region, account):
        key, arn = LISTS.get(service, ("", ""))
        if len(names := names_in(body, key)) == 1:
            return arn.format(region=region, account=account, name=names[0])
        return extract(service, method, path, headers, body, query, region, account)

    return find


def names_in(body, key):
    """The names in a list of a request in JSON, if it has one."""
    try:
        names = json.loads(body or b"{}").get(key) if key else None
    except (ValueError, AttributeError):
        return []
    return names if isinstance(names, list) else []
