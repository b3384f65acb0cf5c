"""Functions of pipeline resolvers. The emulator forgets those that CloudFormation makes: here they are kept, and called.

Those in JavaScript run. Of mapping templates nobody reads more than the emulator does of resolvers: a pipeline does what its
field's name says with the table, or calls the function, that its last data source is.
"""

import datetime

from ministack.services import appsync
from ministack.services.cloudformation import provisioners

TYPE = "AWS::AppSync::FunctionConfiguration"
ROOTS = ("Query", "Mutation")
# The members of a function's record, by the properties that they come from.
MEMBERS = {"Name": "name", "DataSourceName": "dataSourceName", "Code": "code"}
# Arguments of lists that are no attributes.
PAGING = {"filter", "limit", "nextToken", "sortDirection"}


def install():
    handlers = provisioners._RESOURCE_HANDLERS[TYPE]
    provisioners._RESOURCE_HANDLERS[TYPE] = {
        **handlers, "create": creating(handlers["create"]), "update": changing(handlers["update"]), "delete": delete,
    }
    appsync._resolve_field = resolving(appsync._resolve_field)


def creating(create):
    def handler(logical_id, properties, stack):
        physical_id, attributes = create(logical_id, properties, stack)
        keep(properties, physical_id, attributes)
        return physical_id, attributes

    return handler


def changing(update):
    def handler(physical_id, old_properties, properties, stack):
        physical_id, attributes = update(physical_id, old_properties, properties, stack)
        keep(properties, physical_id, attributes)
        return physical_id, attributes

    return handler


def keep(properties, physical_id, attributes):
    """Keeps a function where the emulator looks for it."""
    record = {member: properties[name] for name, member in MEMBERS.items() if name in properties}
    if runtime := properties.get("Runtime"):
        record["runtime"] = {"name": runtime["Name"], "runtimeVersion": runtime["RuntimeVersion"]}
    record.update({"functionId": attributes["FunctionId"], "functionArn": physical_id})
    appsync._functions.setdefault(properties["ApiId"], {})[attributes["FunctionId"]] = record


def delete(physical_id, properties):
    appsync._functions.get(properties["ApiId"], {}).pop(physical_id.rsplit("/", 1)[-1], None)


def resolving(resolve):
    """Wraps the resolvers of queries and mutations whose pipelines are mapping templates."""

    def handler(api_id, resolver, args, *rest, **named):
        source = data_source_of(api_id, resolver)
        if source is None:
            return resolve(api_id, resolver, args, *rest, **named)
        if source.get("type") != "AMAZON_DYNAMODB":
            return resolve(api_id, {**resolver, "dataSourceName": source["name"]}, args, *rest, **named)
        args = with_times(resolver["fieldName"], args or {})
        answer = resolve(api_id, {**resolver, "dataSourceName": source["name"]}, args, *rest, **named)
        return matching(answer, args)

    return handler


def data_source_of(api_id, resolver):
    """The last data source of a pipeline that is one."""
    is_code = (resolver.get("runtime") or {}).get("name") == "APPSYNC_JS"
    if resolver.get("kind") != "PIPELINE" or is_code or resolver.get("typeName") not in ROOTS:
        return None
    functions, sources = appsync._functions.get(api_id, {}), appsync._data_sources.get(api_id, {})
    names = [functions.get(each, {}).get("dataSourceName") for each in resolver["pipelineConfig"].get("functions", [])]
    found = [sources[name] for name in names if name in sources and sources[name].get("type", "NONE") != "NONE"]
    return found[-1] if found else None


def with_times(field, args):
    """The arguments of a mutation with the times that Amplify's templates note in items."""
    if not field.startswith(("create", "update")) or not isinstance(args.get("input"), dict):
        return args
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    times = {"createdAt": now, "updatedAt": now} if field.startswith("create") else {"updatedAt": now}
    return {**args, "input": {**times, **args["input"]}}


def matching(answer, args):
    """Of a list, the items that have the attributes which a query by an index names."""
    wanted = {name: value for name, value in args.items() if name not in PAGING and isinstance(value, (str, int, float))}
    if not wanted or not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
        return answer
    items = [item for item in answer["items"] if all(item.get(name) == value for name, value in wanted.items())]
    return {**answer, "items": items}
