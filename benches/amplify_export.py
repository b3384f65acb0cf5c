"""Writes an Amplify Gen 1 export of 150 files, always the same: what a backend of four models, 24 functions, two layers, a
user pool and a bucket is in the layout of `amplify export`."""

import json
import os
import random
import zipfile

PROJECT = "bench"
STACK = f"amplify-{PROJECT}-dev-12345"
MODELS = ["Project", "Task", "Comment", "Label"]
FUNCTIONS = [f"worker{number:02}" for number in range(24)]
LAYERS = {"shared": 3, "vendor": 3}  # versions that the export holds
FUNCTION_BYTES, LAYER_BYTES = 256 * 1024, 1536 * 1024
FIELDS = [("Query", "get{}"), ("Query", "list{}s")] + [("Mutation", f"{verb}{{}}") for verb in ("create", "update", "delete")]
SLOTS = ["auth.1.req", "postAuth.1.req", "req", "res"]
TABLE_SETTINGS = {
    "DynamoDBBillingMode": {"Type": "String", "Default": "PAY_PER_REQUEST"},
    "DynamoDBEnablePointInTimeRecovery": {"Type": "String", "Default": "false", "AllowedValues": ["true", "false"]},
}


class Export:
    """The files of an export, and what its manifest says of its stacks."""

    def __init__(self, folder):
        self.folder = folder
        self.files = 0
        self.random = random.Random(1)
        self.stacks = {}
        self.mapping = []
        self.resources = root_resources()

    def write(self, path, content):
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content, indent=2))
        self.files += 1

    def archive(self, path, size):
        """A zip of code: half of it does not compress, so that is the size of the zip."""
        path = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            code = "exports.handler = async () => ({});\n" * (size // 36)
            archive.writestr(zipfile.ZipInfo("index.js"), code, zipfile.ZIP_DEFLATED)
            archive.writestr(zipfile.ZipInfo("bundle.js"), self.random.randbytes(size), zipfile.ZIP_DEFLATED)
        self.files += 1

    def stack(self, category, name, service, template, given, passed, nested=None, file=None):
        """A stack of a resource: its template, its values in the manifest, and those that the root passes."""
        path = f"{category}/{name}/{file or f'{name}-cloudformation-template.json'}"
        self.write(path, template)
        node = {"templateFile": path, "parameters": {**given, "env": "dev"}, "preserveLogicalIds": True}
        self.stacks[category + name] = {**node, "loadNestedStacks": nested or {}}
        self.resources[category + name] = {"Type": "AWS::CloudFormation::Stack", "Properties": {"Parameters": passed}}
        self.mapping.append({"category": category, "resourceName": name, "service": service})

    def finish(self):
        names = {"AuthRoleName": "authRole", "UnauthRoleName": "unauthRole", "DeploymentBucketName": "deployment"}
        root = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Parameters": {name: {"Type": "String"} for name in names},
            "Resources": self.resources,
            "Outputs": {"Region": {"Value": {"Ref": "AWS::Region"}}, "AuthRoleArn": {"Value": attribute("AuthRole", "Arn")}},
        }
        self.write("root-stack-template.json", root)
        props = {"templateFile": "root-stack-template.json", "preserveLogicalIds": True, "loadNestedStacks": self.stacks}
        props["parameters"] = {name: f"{STACK}-{suffix}" for name, suffix in names.items()}
        self.write("amplify-export-manifest.json", {"stackName": STACK, "props": props})
        self.write("category-stack-mapping.json", self.mapping)
        self.write("export-tags.json", [{"key": "user:Stack", "value": "{project-env}"}])


def write_export(folder):
    """Writes the export, and returns how many files it has."""
    export = Export(folder)
    auth(export)
    storage(export)
    api(export)
    for name in LAYERS:
        layer(export, name)
    for name in FUNCTIONS:
        function(export, name)
    export.finish()
    return export.files


def auth(export):
    """A user pool with a client and an identity pool."""
    pool = {"UserPoolName": named("userpool"), "UsernameAttributes": {"Ref": "usernameAttributes"}}
    pool["Policies"] = {"PasswordPolicy": {"MinimumLength": {"Ref": "passwordPolicyMinLength"}}}
    client = {"ClientName": "web", "UserPoolId": {"Ref": "UserPool"}, "RefreshTokenValidity": 30}
    provider = {"ClientId": {"Ref": "UserPoolClientWeb"}, "ProviderName": attribute("UserPool", "ProviderName")}
    identities = {"AllowUnauthenticatedIdentities": False, "CognitoIdentityProviders": [provider]}
    resources = {
        "UserPool": resource("AWS::Cognito::UserPool", pool),
        "UserPoolClientWeb": resource("AWS::Cognito::UserPoolClient", client),
        "IdentityPool": resource("AWS::Cognito::IdentityPool", identities),
    }
    parameters = texts("env", "authRoleArn")
    parameters |= {"usernameAttributes": {"Type": "CommaDelimitedList"}, "passwordPolicyMinLength": {"Type": "Number"}}
    outputs = {"UserPoolId": "UserPool", "AppClientIDWeb": "UserPoolClientWeb", "IdentityPoolId": "IdentityPool"}
    given = {"usernameAttributes": ["email"], "passwordPolicyMinLength": 8}
    passed = {"authRoleArn": attribute("AuthRole", "Arn")}
    export.stack("auth", "users", "Cognito", template(parameters, resources, references(outputs)), given, passed)


def storage(export):
    bucket = resource("AWS::S3::Bucket", {"BucketName": named("files", "bucketName")})
    policy = {"PolicyName": "files", "Roles": [{"Ref": "authRoleName"}], "PolicyDocument": allow(["s3:GetObject"], "*")}
    resources = {"S3Bucket": bucket, "S3AuthPolicy": resource("AWS::IAM::Policy", policy)}
    made = template(texts("env", "bucketName", "authRoleName"), resources, references({"BucketName": "S3Bucket"}))
    given, passed = {"bucketName": "bench-files"}, {"authRoleName": {"Ref": "AuthRoleName"}}
    export.stack("storage", "files", "S3", made, given, passed, file="cloudformation-template.json")


def api(export):
    """A GraphQL API with a stack and 20 resolvers for each model, and the two stacks that every API has."""
    folder = f"api/{PROJECT}/amplify-appsync-files"
    settings = {name: {"Ref": name} for name in TABLE_SETTINGS}
    deployed = {name: {"Ref": name} for name in ("env", "S3DeploymentBucket", "S3DeploymentRootKey")}
    given_to_models = {**settings, **deployed, "apiId": attribute("GraphQLAPI", "ApiId")}
    location = {"Fn::Sub": "s3://${S3DeploymentBucket}/${S3DeploymentRootKey}/schema.graphql"}
    schema = {"ApiId": attribute("GraphQLAPI", "ApiId"), "DefinitionS3Location": location}
    pool = {"UserPoolId": {"Ref": "AuthCognitoUserPoolId"}, "AwsRegion": {"Ref": "AWS::Region"}, "DefaultAction": "ALLOW"}
    graph = {"Name": named(PROJECT), "AuthenticationType": "AMAZON_COGNITO_USER_POOLS", "UserPoolConfig": pool}
    resources = {
        "GraphQLAPI": resource("AWS::AppSync::GraphQLApi", graph),
        "GraphQLSchema": resource("AWS::AppSync::GraphQLSchema", schema),
    }
    nested = {}
    for name in [*MODELS, "ConnectionStack", "CustomResources"]:
        is_model = name in MODELS
        path = f"{folder}/stacks/{name}.json"
        export.write(path, model(name) if is_model else template(texts("apiId"), {}, {}, only=f"{name}Nothing"))
        nested[name] = {"templateFile": path, "preserveLogicalIds": True, "loadNestedStacks": {}}
        parameters = given_to_models if is_model else {"apiId": given_to_models["apiId"]}
        resources[name] = {**resource("AWS::CloudFormation::Stack", {"Parameters": parameters}), "DependsOn": ["GraphQLSchema"]}
    for name, kind, field, slot in [(name, *field, slot) for name in MODELS for field in FIELDS for slot in SLOTS]:
        export.write(f"{folder}/resolvers/{kind}.{field.format(name)}.{slot}.vtl", resolver(kind, field.format(name), slot))
    types = [f"type {name} @aws_cognito_user_pools {{\n  id: ID!\n  title: String!\n}}\n" for name in MODELS]
    export.write(f"{folder}/schema.graphql", "\n".join(types))
    parameters = texts("env", "S3DeploymentBucket", "S3DeploymentRootKey", "AuthCognitoUserPoolId") | TABLE_SETTINGS
    made = template(parameters, resources, {"GraphQLAPIIdOutput": attribute("GraphQLAPI", "ApiId")})
    given = {"S3DeploymentBucket": f"{STACK}-deployment", "S3DeploymentRootKey": "amplify-appsync-files/0"}
    given |= {"DynamoDBBillingMode": "PAY_PER_REQUEST", "DynamoDBEnablePointInTimeRecovery": False}
    passed = {"AuthCognitoUserPoolId": attribute("authusers", "Outputs.UserPoolId")}
    export.stack("api", PROJECT, "AppSync", made, given, passed, nested, "cloudformation-template.json")


def model(name):
    """The stack of a model: its table with a role, and the functions and resolvers of its fields."""
    keys = {"AttributeName": "id", "KeyType": "HASH"}
    table = {"KeySchema": [keys], "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    recovery = {"Fn::If": ["Recovers", {"PointInTimeRecoveryEnabled": True}, {"Ref": "AWS::NoValue"}]}
    table |= {"BillingMode": {"Ref": "DynamoDBBillingMode"}, "PointInTimeRecoverySpecification": recovery}
    table["TableName"] = {"Fn::Join": ["-", [name, {"Ref": "apiId"}, {"Ref": "env"}]]}
    source = {"ApiId": {"Ref": "apiId"}, "Name": f"{name}Table", "Type": "AMAZON_DYNAMODB"}
    source["ServiceRoleArn"] = attribute(f"{name}Role", "Arn")
    source["DynamoDBConfig"] = {"AwsRegion": {"Ref": "AWS::Region"}, "TableName": {"Ref": f"{name}Table"}}
    policy = {"PolicyName": "table", "PolicyDocument": allow(["dynamodb:*"], attribute(f"{name}Table", "Arn"))}
    resources = {
        f"{name}Table": {**resource("AWS::DynamoDB::Table", table), "DeletionPolicy": "Delete"},
        f"{name}Role": resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust("appsync"), "Policies": [policy]}),
        f"{name}DataSource": resource("AWS::AppSync::DataSource", source),
    }
    for kind, field in [(kind, field.format(name)) for kind, field in FIELDS]:
        functions = []
        for slot in ("auth.1.", "postAuth.1.", ""):
            function = f"{field}{slot.replace('.', '')}Function"
            functions.append(attribute(function, "FunctionId"))
            made = {"ApiId": {"Ref": "apiId"}, "Name": function, "FunctionVersion": "2018-05-29"}
            made["DataSourceName"] = attribute(f"{name}DataSource", "Name")
            made["RequestMappingTemplateS3Location"] = at(f"resolvers/{kind}.{field}.{slot}req.vtl")
            made["ResponseMappingTemplateS3Location"] = at(f"resolvers/{kind}.{field}.res.vtl")
            resources[function] = resource("AWS::AppSync::FunctionConfiguration", made)
        made = {"ApiId": {"Ref": "apiId"}, "TypeName": kind, "FieldName": field, "Kind": "PIPELINE"}
        made |= {"PipelineConfig": {"Functions": functions}, "RequestMappingTemplate": "{}"}
        made["ResponseMappingTemplate"] = "$util.toJson($ctx.prev.result)"
        resources[f"{field}Resolver"] = resource("AWS::AppSync::Resolver", made)
    parameters = texts("env", "S3DeploymentBucket", "S3DeploymentRootKey", "apiId") | TABLE_SETTINGS
    conditions = {"Recovers": {"Fn::Equals": [{"Ref": "DynamoDBEnablePointInTimeRecovery"}, "true"]}}
    return {**template(parameters, resources, references({"TableName": f"{name}Table"})), "Conditions": conditions}


def layer(export, name):
    resources = {}
    for version in range(LAYERS[name]):
        zipped = f"{name}-LambdaLayerVersion{version:08x}-build.zip"
        export.archive(f"function/{name}/amplify-builds/{zipped}", LAYER_BYTES)
        content = {"S3Bucket": {"Ref": "deploymentBucketName"}, "S3Key": {"Fn::Join": ["/", [{"Ref": "s3Key"}, zipped]]}}
        made = resource("AWS::Lambda::LayerVersion", {"LayerName": named(name), "Content": content})
        resources[f"LambdaLayerVersion{version:08x}"] = {**made, "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    made = template(texts("env", "deploymentBucketName", "s3Key"), resources, references({"Arn": list(resources)[-1]}))
    export.stack("function", name, "LambdaLayer", made, of_bucket("amplify-builds"), {})


def function(export, name):
    zipped = f"{name}-{export.random.randbytes(10).hex()}-build.zip"
    export.archive(f"function/{name}/amplify-builds/{zipped}", FUNCTION_BYTES)
    code = {"S3Bucket": {"Ref": "deploymentBucketName"}, "S3Key": {"Ref": "s3Key"}}
    variables = {"ENV": {"Ref": "env"}, "REGION": {"Ref": "AWS::Region"}, "STORAGE_FILES_BUCKETNAME": {"Ref": "bucket"}}
    made = {"FunctionName": named(name), "Code": code, "Handler": "index.handler", "Runtime": "nodejs20.x", "Timeout": 25}
    made |= {"Role": attribute("LambdaExecutionRole", "Arn"), "Environment": {"Variables": variables}}
    made["Layers"] = [{"Ref": "layer"}]
    policy = {"PolicyName": "logs", "Roles": [{"Ref": "LambdaExecutionRole"}], "PolicyDocument": allow(["logs:*"], "*")}
    resources = {
        "LambdaFunction": resource("AWS::Lambda::Function", made),
        "LambdaExecutionRole": resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust("lambda")}),
        "lambdaexecutionpolicy": {**resource("AWS::IAM::Policy", policy), "DependsOn": ["LambdaExecutionRole"]},
    }
    parameters = texts("env", "deploymentBucketName", "s3Key", "bucket", "layer")
    outputs = {"Name": {"Ref": "LambdaFunction"}, "Arn": attribute("LambdaFunction", "Arn")}
    passed = {"bucket": attribute("storagefiles", "Outputs.BucketName"), "layer": attribute("functionshared", "Outputs.Arn")}
    given = of_bucket(f"amplify-builds/{zipped}")
    export.stack("function", name, "Lambda", template(parameters, resources, outputs), given, passed)


def root_resources():
    """What every root stack has besides its nested stacks."""
    bucket = {**resource("AWS::S3::Bucket", {"BucketName": {"Ref": "DeploymentBucketName"}}), "DeletionPolicy": "Retain"}
    role = {"AssumeRolePolicyDocument": trust("lambda")}
    roles = {name: resource("AWS::IAM::Role", {**role, "RoleName": {"Ref": f"{name}Name"}}) for name in ("AuthRole", "UnauthRole")}
    return {"DeploymentBucket": bucket, **roles}


def template(parameters, resources, outputs, only=None):
    """A template. `only` names a condition handle, for stacks that would have no resource."""
    handle = {only: {"Type": "AWS::CloudFormation::WaitConditionHandle"}} if only else {}
    outputs = {name: {"Value": value} for name, value in outputs.items()}
    made = {"AWSTemplateFormatVersion": "2010-09-09", "Parameters": parameters, "Resources": {**resources, **handle}}
    return {**made, "Outputs": outputs} if outputs else made


def resource(type_name, properties):
    return {"Type": type_name, "Properties": properties}


def texts(*names):
    return {name: {"Type": "String"} for name in names}


def attribute(logical_id, name):
    return {"Fn::GetAtt": [logical_id, name]}


def references(outputs):
    return {name: {"Ref": logical_id} for name, logical_id in outputs.items()}


def named(name, parameter=None):
    return {"Fn::Join": ["-", [{"Ref": parameter} if parameter else name, {"Ref": "env"}]]}


def at(path):
    return {"Fn::Join": ["", ["s3://", {"Ref": "S3DeploymentBucket"}, "/", {"Ref": "S3DeploymentRootKey"}, f"/{path}"]]}


def of_bucket(key):
    return {"deploymentBucketName": f"{STACK}-deployment", "s3Key": key}


def allow(actions, resources):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resources}]}


def trust(service):
    principal = {"Service": f"{service}.amazonaws.com"}
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}


def resolver(kind, field, slot):
    """A resolver template of about the length of those that Amplify writes."""
    lines = [f"## [Start] {kind}.{field} {slot}. **", "$util.qr($ctx.stash.put(\"typeName\", \"%s\"))" % kind]
    lines += [f"#if( $util.isNull($ctx.args.input.field{line}) ) $util.error(\"field{line}\") #end" for line in range(20)]
    return "\n".join([*lines, "$util.toJson({\"version\":\"2018-05-29\",\"payload\":{}})", "## [End] **", ""])
