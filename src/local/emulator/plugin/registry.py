"""ECR: addresses by which engines reach repositories through the front, and answers where the emulator differs."""

import functools
import json

from ministack.core import iam_actions
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import ecr


def install(front):
    """Lets ECR tell addresses of the front, refuse images that are not there, and find the repository of a request."""
    tell_addresses(front.partition("://")[2])
    ecr._describe_images = refusing_missing_images(ecr._describe_images)
    iam_actions.extract_resource_arn = with_named_repository(iam_actions.extract_resource_arn)


def tell_addresses(host):
    """Repositories of all accounts and regions have one host here, so their addresses name both."""
    shape = ecr._repo_shape

    def address(account, region, name):
        return f"{host}/{account}/{region}/{name}"

    def shape_with_address(repository):
        # The front may have had another port when the repository was made.
        _, _, _, region, account, _ = repository["repositoryArn"].split(":", 5)
        return {**shape(repository), "repositoryUri": address(account, region, repository["repositoryName"])}

    ecr._repo_uri = lambda name: address(get_account_id(), get_region(), name)
    ecr._repo_shape = shape_with_address


def refusing_missing_images(describe):
    """An image that is asked for and not there is an error, not an empty answer."""

    @functools.wraps(describe)
    def describe_known(request):
        name = request.get("repositoryName", "")
        for image in request.get("imageIds") or [] if name in ecr._repositories else []:
            if ecr._find_image(name, image) is None:
                digest, tag = (image.get(key) or "null" for key in ("imageDigest", "imageTag"))
                message = (f"The image with imageId {{imageDigest:'{digest}', imageTag:'{tag}'}} does not exist within "
                           f"the repository with name '{name}' in the registry with id '{get_account_id()}'")
                return error_response_json("ImageNotFoundException", message, 400)
        return describe(request)

    return describe_known


def with_named_repository(extract):
    """Finds the repository of a request that names it in a list; the emulator looks for one outside of lists only."""

    @functools.wraps(extract)
    def find(service, method, path, headers, body, query, region, account):
        if service == "ecr" and len(names := repository_names(body)) == 1:
            return f"arn:aws:ecr:{region}:{account}:repository/{names[0]}"
        return extract(service, method, path, headers, body, query, region, account)

    return find


def repository_names(body):
    """The names in a request's list, if it has one."""
    try:
        names = json.loads(body or b"{}").get("repositoryNames")
    except (ValueError, AttributeError):
        return []
    return names if isinstance(names, list) else []
