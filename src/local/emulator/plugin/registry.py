"""ECR: addresses by which engines reach repositories through the front, and answers where the emulator differs."""

import functools

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import ecr


def install(front):
    """Lets ECR tell addresses of the front, and refuse images that are not there."""
    tell_addresses(front.partition("://")[2])
    ecr._describe_images = refusing_missing_images(ecr._describe_images)


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
