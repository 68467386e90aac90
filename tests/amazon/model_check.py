"""Whether what went over the wire is what Amazon's models say; they lie beside the repository, not in it."""

import functools
import json
import os
import re
from pathlib import Path

import jsonschema

MODELS = Path(os.environ.get("FEEDWARDEN_MODELS", Path(__file__).resolve().parents[3] / "shared" / "amazon" / "models"))


def find_models():
    """The folder of Amazon's models, None where it is not there."""
    return MODELS if MODELS.is_dir() else None


@functools.cache
def load_operations():
    """Each operation with its method, path pattern and model."""
    found = {}
    for path in sorted(find_models().glob("*.json")):
        model = json.loads(path.read_text("utf-8"))
        for route, item in model["paths"].items():
            pattern = re.compile(
                re.sub(r"\\{[^}]*\\}|\{[^}]*\}", "[^/]+", re.escape(route).replace(r"\{", "{").replace(r"\}", "}"))
            )
            for method, operation in item.items():
                if method != "parameters":
                    found[operation["operationId"]] = (method.upper(), pattern, operation, model)
    return found


def check_exchange(exchange):
    """The faults of one request and its answer; an empty list where both are as the model says."""
    method, pattern, operation, model = load_operations()[exchange.operation]
    faults = []
    if exchange.method != method or not pattern.fullmatch(exchange.path):
        faults.append(f"{exchange.method} {exchange.path}")
    known = {parameter["name"]: parameter for parameter in operation.get("parameters", [])}
    in_query = {name for name, parameter in known.items() if parameter["in"] == "query"}
    faults += [f"unknown parameter {name}" for name in exchange.query if name not in in_query]
    faults += _check_query(exchange, known)
    if "body" in known:
        faults += _check_schema(exchange.body, known["body"]["schema"], model)
        if isinstance(exchange.body, dict):
            allowed = set(_resolve(known["body"]["schema"], model).get("properties", {}))
            faults += [f"unknown key {key}" for key in exchange.body if key not in allowed]
    response = operation["responses"].get(str(exchange.status))
    if exchange.answer is not None:
        if response is None:
            faults.append(f"status {exchange.status}")
        elif "schema" in response:
            faults += _check_schema(exchange.answer, response["schema"], model)
    return [f"{exchange.operation}: {fault}" for fault in faults]


def _check_query(exchange, known):
    for name, values in exchange.query.items():
        parameter = known.get(name)
        if parameter is None:
            continue
        value = values[0]
        if parameter["type"] == "array":
            items = value.split(",")
            if not parameter.get("minItems", 0) <= len(items) <= parameter.get("maxItems", 1 << 30):
                yield f"{name} has {len(items)} values"
        if parameter["type"] == "integer" and not (
            value.isdigit() and parameter.get("minimum", 0) <= int(value) <= parameter.get("maximum", 1 << 30)
        ):
            yield f"{name} = {value}"
        if parameter.get("format") == "date-time" and not re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", value
        ):
            yield f"{name} = {value}"


def _check_schema(value, schema, model):
    validator = jsonschema.Draft4Validator(
        {**schema, "definitions": model["definitions"]}, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _resolve(schema, model):
    return model["definitions"][schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
