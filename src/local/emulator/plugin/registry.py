"""Names of image repositories by which engines reach them through the front."""

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecr


def install(front):
    """Lets ECR tell addresses of the front instead of AWS's."""
    host = front.partition("://")[2]
    shape = ecr._repo_shape

    def address(account, region, name):
        return f"{host}/{account}/{region}/{name}"

    def shape_with_address(repository):
        # The front may have had another port when the repository was made.
        _, _, _, region, account, _ = repository["repositoryArn"].split(":", 5)
        return {**shape(repository), "repositoryUri": address(account, region, repository["repositoryName"])}

    ecr._repo_uri = lambda name: address(get_account_id(), get_region(), name)
    ecr._repo_shape = shape_with_address
