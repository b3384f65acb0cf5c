"""Build projects with all that their builds need; the emulator keeps only a part of them."""

import functools

from ministack.services import codebuild
from ministack.services.cloudformation import provisioners

# Properties of AWS::CodeBuild::Project and the members of CodeBuild's API that they become.
KEPT = {
    "Cache": "cache",
    "ConcurrentBuildLimit": "concurrentBuildLimit",
    "LogsConfig": "logsConfig",
    "QueuedTimeoutInMinutes": "queuedTimeoutInMinutes",
    "SecondaryArtifacts": "secondaryArtifacts",
    "SecondarySources": "secondarySources",
    "VpcConfig": "vpcConfig",
}

NUMBERS = {"concurrentBuildLimit", "queuedTimeoutInMinutes"}


def install():
    """Keeps these members in projects that CloudFormation makes and in those that the API makes, and shows them."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::CodeBuild::Project"]
    provisioners._RESOURCE_HANDLERS["AWS::CodeBuild::Project"] = {
        **handlers,
        "create": keeping_properties(handlers["create"], position=1),
        "update": keeping_properties(handlers["update"], position=2),
    }
    codebuild._create_project = keeping_members(codebuild._create_project)
    codebuild._update_project = keeping_members(codebuild._update_project)
    codebuild._project_shape = showing_members(codebuild._project_shape)


def keeping_properties(handle, position):
    """Wraps a handler whose argument at `position` are the wanted properties."""

    @functools.wraps(handle)
    def handler(*arguments):
        name, attributes = handle(*arguments)
        project = codebuild._projects[name]
        for property_name, member in KEPT.items():
            value = provisioners._codebuild_cfn_to_api(arguments[position].get(property_name))
            set_member(project, member, value)
        return name, attributes

    return handler


def keeping_members(handle):
    """Wraps an operation of the API; what a call does not name stays as it is."""

    @functools.wraps(handle)
    def handler(data):
        answer = handle(data)
        project = codebuild._projects.get(data.get("name", ""))
        if project is not None and answer[0] == 200:
            for member in KEPT.values():
                if member in data:
                    set_member(project, member, data[member])
            return codebuild.json_response({"project": codebuild._project_shape(project)})
        return answer

    return handler


def showing_members(shape):
    """Wraps what makes an answer of a project."""

    @functools.wraps(shape)
    def shaped(project):
        kept = {member: project[member] for member in KEPT.values() if member in project}
        return {**shape(project), **kept}

    return shaped


def set_member(project, member, value):
    """Sets a member, or removes it when there is no value."""
    if value is None:
        project.pop(member, None)
    else:
        project[member] = int(value) if member in NUMBERS else value
