"""AppSync reads schemas and resolvers from S3, where Amplify's templates name them so. The emulator takes them inline only."""

import functools

from ministack.services import s3
from ministack.services.cloudformation import provisioners

# For each type, the properties that name an object, and those that hold its content instead.
PLACES = {
    "AWS::AppSync::FunctionConfiguration": {"CodeS3Location": "Code"},
    "AWS::AppSync::GraphQLSchema": {"DefinitionS3Location": "Definition"},
    "AWS::AppSync::Resolver": {
        "RequestMappingTemplateS3Location": "RequestMappingTemplate",
        "ResponseMappingTemplateS3Location": "ResponseMappingTemplate",
        "CodeS3Location": "Code",
    },
}


def install():
    """Reads what the properties of APIs name."""
    for name, places in PLACES.items():
        handlers = provisioners._RESOURCE_HANDLERS[name]
        handlers = {**handlers, "create": reading(handlers["create"], places)}
        if "update" in handlers:
            handlers["update"] = reading_anew(handlers["update"], places)
        provisioners._RESOURCE_HANDLERS[name] = handlers


def reading(create, places):
    """Wraps the making of a resource."""

    @functools.wraps(create)
    def create_with_content(logical_id, properties, stack):
        return create(logical_id, with_content(properties, places), stack)

    return create_with_content


def reading_anew(update, places):
    """Wraps the change of a resource."""

    @functools.wraps(update)
    def update_with_content(physical_id, old_properties, properties, stack):
        return update(physical_id, old_properties, with_content(properties, places), stack)

    return update_with_content


def with_content(properties, places):
    """Properties with the contents of the objects that they name."""
    named = {place: properties[place] for place in places if properties.get(place)}
    return {**properties, **{places[place]: text_at(address) for place, address in named.items()}}


def text_at(address):
    """The text of an object, which is named as s3://BUCKET/KEY."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    content = s3._get_object_data(bucket, key)
    if content is None:
        raise ValueError(f"The object {address} does not exist (Service: AWSAppSync; Status Code: 400)")
    return content.decode()
