#include <cstdint>

#include "kube/openapi.h"

// The OpenAPI v2 document as the protobuf messages of package openapi.v2 (the field numbers are
// that package's). Written by hand: encoding needs only varints and lengths, and this keeps the
// folder free of libraries.
namespace edge::kube {
namespace {

class Message {
 public:
  void Bytes(int field, std::string_view bytes) {
    Varint(static_cast<std::uint64_t>(field) << 3U | 2U);
    Varint(bytes.size());
    text_ += bytes;
  }
  void Text(int field, const Json& holder, std::string_view name) {
    const Json* value = Find(holder, {name});
    if (value != nullptr && value->is_string()) Bytes(field, value->get_ref<const std::string&>());
  }
  void Texts(int field, const Json& holder, std::string_view name) {
    const Json* list = Find(holder, {name});
    if (list == nullptr || !list->is_array()) return;
    for (const Json& value : *list) Bytes(field, value.get_ref<const std::string&>());
  }
  void Bool(int field, const Json& holder, std::string_view name) {
    if (!FindBool(holder, {name})) return;
    Varint(static_cast<std::uint64_t>(field) << 3U);
    Varint(1);
  }
  const std::string& text() const { return text_; }

 private:
  void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) text_ += static_cast<char>((value & 0x7FU) | 0x80U);
    text_ += static_cast<char>(value);
  }

  std::string text_;
};

/// A message whose one field is `bytes`.
std::string Wrap(int field, std::string_view bytes) {
  Message message;
  message.Bytes(field, bytes);
  return message.text();
}

/// NamedSchema, NamedPathItem and their like: 1 name, 2 value.
std::string Named(std::string_view name, std::string_view value) {
  Message message;
  message.Bytes(1, name);
  message.Bytes(2, value);
  return message.text();
}

/// openapi.v2.Any, its value as YAML: JSON is YAML.
std::string Any(const Json& value) { return Wrap(2, DumpJson(value) + "\n"); }

void Extensions(Message& message, int field, const Json& holder) {
  for (const auto& [name, value] : holder.items()) {
    if (name.substr(0, 2) == "x-") message.Bytes(field, Named(name, Any(value)));
  }
}

std::string SchemaMessage(const Json& schema) {
  Message message;
  message.Text(1, schema, "$ref");
  message.Text(2, schema, "format");
  message.Text(4, schema, "description");
  if (const Json* value = Find(schema, {"default"})) message.Bytes(5, Any(*value));
  message.Texts(19, schema, "required");
  if (const Json* value = Find(schema, {"additionalProperties"})) {
    message.Bytes(21, Wrap(1, SchemaMessage(*value)));
  }
  if (const Json* type = Find(schema, {"type"})) {
    message.Bytes(22, Wrap(1, type->get_ref<const std::string&>()));
  }
  if (const Json* items = Find(schema, {"items"})) {
    message.Bytes(23, Wrap(1, SchemaMessage(*items)));
  }
  if (const Json* properties = Find(schema, {"properties"})) {
    Message all;
    for (const auto& [name, value] : properties->items()) {
      all.Bytes(1, Named(name, SchemaMessage(value)));
    }
    message.Bytes(25, all.text());
  }
  Extensions(message, 31, schema);
  return message.text();
}

std::string BodyParameter(const Json& parameter) {
  Message message;
  message.Text(1, parameter, "description");
  message.Text(2, parameter, "name");
  message.Text(3, parameter, "in");
  message.Bool(4, parameter, "required");
  message.Bytes(5, SchemaMessage(parameter["schema"]));
  return Wrap(1, message.text());
}

std::string QueryOrPathParameter(const Json& parameter) {
  const bool query = FindString(parameter, {"in"}) == "query";
  Message message;
  message.Bool(1, parameter, "required");
  message.Text(2, parameter, "in");
  message.Text(3, parameter, "description");
  message.Text(4, parameter, "name");
  message.Text(query ? 6 : 5, parameter, "type");
  message.Bool(query ? 20 : 19, parameter, "uniqueItems");
  return Wrap(2, Wrap(query ? 3 : 4, message.text()));
}

void Parameters(Message& message, int field, const Json& holder) {
  const Json* parameters = Find(holder, {"parameters"});
  if (parameters == nullptr) return;
  for (const Json& parameter : *parameters) {
    const bool body = FindString(parameter, {"in"}) == "body";
    message.Bytes(field,
                  Wrap(1, body ? BodyParameter(parameter) : QueryOrPathParameter(parameter)));
  }
}

std::string Responses(const Json& responses) {
  Message all;
  for (const auto& [code, response] : responses.items()) {
    Message message;
    message.Text(1, response, "description");
    if (const Json* schema = Find(response, {"schema"})) {
      message.Bytes(2, Wrap(1, SchemaMessage(*schema)));
    }
    all.Bytes(1, Named(code, Wrap(1, message.text())));
  }
  return all.text();
}

std::string Operation(const Json& operation) {
  Message message;
  message.Text(3, operation, "description");
  message.Text(5, operation, "operationId");
  message.Texts(6, operation, "produces");
  message.Texts(7, operation, "consumes");
  Parameters(message, 8, operation);
  message.Bytes(9, Responses(operation["responses"]));
  Extensions(message, 13, operation);
  return message.text();
}

std::string PathItem(const Json& path) {
  struct Method {
    int field;
    const char* name;
  };
  Message message;
  for (const Method& method : {Method{2, "get"}, Method{3, "put"}, Method{4, "post"},
                               Method{5, "delete"}, Method{8, "patch"}}) {
    if (const Json* operation = Find(path, {method.name})) {
      message.Bytes(method.field, Operation(*operation));
    }
  }
  Parameters(message, 9, path);
  return message.text();
}

}  // namespace

std::string OpenApiV2Protobuf() {
  const Json document = OpenApiV2();
  Message info, paths, definitions, message;
  info.Text(1, document["info"], "title");
  info.Text(2, document["info"], "version");
  for (const auto& [name, path] : document["paths"].items()) {
    paths.Bytes(2, Named(name, PathItem(path)));
  }
  for (const auto& [name, schema] : document["definitions"].items()) {
    definitions.Bytes(1, Named(name, SchemaMessage(schema)));
  }
  message.Text(1, document, "swagger");
  message.Bytes(2, info.text());
  message.Bytes(8, paths.text());
  message.Bytes(9, definitions.text());
  return message.text();
}

}  // namespace edge::kube
