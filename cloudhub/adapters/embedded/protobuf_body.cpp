#include "cloudhub/adapters/embedded/protobuf_body.h"

#include <algorithm>
#include <span>
#include <vector>

#include "common/bytes.h"
#include "common/clock.h"

namespace edge::cloudhub::embedded {
namespace {

// Kubernetes' envelope: these four bytes, then a runtime.Unknown.
constexpr std::string_view kMagic("k8s\0", 4);
constexpr int kMaxDepth = 8;

enum class Form {
  kString,
  kBytes,
  kInt,
  kBool,
  kPlainInt,   // no pointer in Go: its zero is always written, and means unset
  kPlainBool,  // the same
  kIntOrString,
  kTime,
  kMessage,
  kStringMap,
  kBytesMap,
};

struct Message;

struct Member {
  std::uint32_t number;
  const char* name;
  Form form;
  bool repeated = false;
  const Message* message = nullptr;
};

struct Message {
  std::span<const Member> members;
};

const Member kOwnerMembers[] = {
    {1, "kind", Form::kString},     {3, "name", Form::kString},
    {4, "uid", Form::kString},      {5, "apiVersion", Form::kString},
    {6, "controller", Form::kBool}, {7, "blockOwnerDeletion", Form::kBool}};
const Message kOwner{kOwnerMembers};
const Member kMetadataMembers[] = {{1, "name", Form::kString},
                                   {2, "generateName", Form::kString},
                                   {3, "namespace", Form::kString},
                                   {4, "selfLink", Form::kString},
                                   {5, "uid", Form::kString},
                                   {6, "resourceVersion", Form::kString},
                                   {7, "generation", Form::kInt},
                                   {8, "creationTimestamp", Form::kTime},
                                   {11, "labels", Form::kStringMap},
                                   {12, "annotations", Form::kStringMap},
                                   {13, "ownerReferences", Form::kMessage, true, &kOwner},
                                   {14, "finalizers", Form::kString, true}};
const Message kMetadata{kMetadataMembers};
const Member kNamespaceSpecMembers[] = {{1, "finalizers", Form::kString, true}};
const Message kNamespaceSpec{kNamespaceSpecMembers};
const Member kNamespaceStatusMembers[] = {{1, "phase", Form::kString}};
const Message kNamespaceStatus{kNamespaceStatusMembers};
const Member kNamespaceMembers[] = {{1, "metadata", Form::kMessage, false, &kMetadata},
                                    {2, "spec", Form::kMessage, false, &kNamespaceSpec},
                                    {3, "status", Form::kMessage, false, &kNamespaceStatus}};
const Message kNamespace{kNamespaceMembers};
const Member kConfigMapMembers[] = {{1, "metadata", Form::kMessage, false, &kMetadata},
                                    {2, "data", Form::kStringMap},
                                    {3, "binaryData", Form::kBytesMap},
                                    {4, "immutable", Form::kBool}};
const Message kConfigMap{kConfigMapMembers};
const Member kSecretMembers[] = {{1, "metadata", Form::kMessage, false, &kMetadata},
                                 {2, "data", Form::kBytesMap},
                                 {3, "type", Form::kString},
                                 {4, "stringData", Form::kStringMap},
                                 {5, "immutable", Form::kBool}};
const Message kSecret{kSecretMembers};
const Member kLocalReferenceMembers[] = {{1, "name", Form::kString}};
const Message kLocalReference{kLocalReferenceMembers};
const Member kServiceAccountMembers[] = {
    {1, "metadata", Form::kMessage, false, &kMetadata},
    {3, "imagePullSecrets", Form::kMessage, true, &kLocalReference},
    {4, "automountServiceAccountToken", Form::kBool}};
const Message kServiceAccount{kServiceAccountMembers};
const Member kServicePortMembers[] = {
    {1, "name", Form::kString},       {2, "protocol", Form::kString},
    {3, "port", Form::kInt},          {4, "targetPort", Form::kIntOrString},
    {5, "nodePort", Form::kPlainInt}, {6, "appProtocol", Form::kString}};
const Message kServicePort{kServicePortMembers};
const Member kServiceSpecMembers[] = {{1, "ports", Form::kMessage, true, &kServicePort},
                                      {2, "selector", Form::kStringMap},
                                      {3, "clusterIP", Form::kString},
                                      {4, "type", Form::kString},
                                      {5, "externalIPs", Form::kString, true},
                                      {7, "sessionAffinity", Form::kString},
                                      {8, "loadBalancerIP", Form::kString},
                                      {9, "loadBalancerSourceRanges", Form::kString, true},
                                      {10, "externalName", Form::kString},
                                      {11, "externalTrafficPolicy", Form::kString},
                                      {12, "healthCheckNodePort", Form::kPlainInt},
                                      {13, "publishNotReadyAddresses", Form::kPlainBool},
                                      {17, "ipFamilyPolicy", Form::kString},
                                      {18, "clusterIPs", Form::kString, true},
                                      {19, "ipFamilies", Form::kString, true},
                                      {20, "allocateLoadBalancerNodePorts", Form::kBool},
                                      {21, "loadBalancerClass", Form::kString},
                                      {22, "internalTrafficPolicy", Form::kString},
                                      {23, "trafficDistribution", Form::kString}};
const Message kServiceSpec{kServiceSpecMembers};
// A client writes the status empty.
const Message kLoadBalancer{{}};
const Member kServiceStatusMembers[] = {{1, "loadBalancer", Form::kMessage, false, &kLoadBalancer}};
const Message kServiceStatus{kServiceStatusMembers};
const Member kServiceMembers[] = {{1, "metadata", Form::kMessage, false, &kMetadata},
                                  {2, "spec", Form::kMessage, false, &kServiceSpec},
                                  {3, "status", Form::kMessage, false, &kServiceStatus}};
const Message kService{kServiceMembers};
const Member kPreconditionMembers[] = {{1, "uid", Form::kString},
                                       {2, "resourceVersion", Form::kString}};
const Message kPreconditions{kPreconditionMembers};
const Member kDeleteOptionsMembers[] = {
    {1, "gracePeriodSeconds", Form::kInt},
    {2, "preconditions", Form::kMessage, false, &kPreconditions},
    {3, "orphanDependents", Form::kBool},
    {4, "propagationPolicy", Form::kString},
    {5, "dryRun", Form::kString, true}};
const Message kDeleteOptions{kDeleteOptionsMembers};
const Member kTypeMetaMembers[] = {{1, "apiVersion", Form::kString}, {2, "kind", Form::kString}};
const Message kTypeMeta{kTypeMetaMembers};
const Member kUnknownMembers[] = {{1, "typeMeta", Form::kMessage, false, &kTypeMeta},
                                  {2, "raw", Form::kString},
                                  {3, "contentEncoding", Form::kString},
                                  {4, "contentType", Form::kString}};
const Message kUnknown{kUnknownMembers};

const Message* FindKind(const std::string& kind) {
  if (kind == "Namespace") return &kNamespace;
  if (kind == "ConfigMap") return &kConfigMap;
  if (kind == "Secret") return &kSecret;
  if (kind == "ServiceAccount") return &kServiceAccount;
  if (kind == "Service") return &kService;
  if (kind == "DeleteOptions") return &kDeleteOptions;
  return nullptr;
}

Status Malformed() { return InvalidArgument("the body is not valid protobuf"); }

bool ReadVarint(std::string_view& in, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

struct RawField {
  std::uint32_t number = 0;
  bool is_varint = false;
  std::uint64_t varint = 0;
  std::string_view bytes;
};

/// Kubernetes' types use varints and length-delimited fields only.
bool ReadField(std::string_view& in, RawField& field) {
  std::uint64_t tag = 0;
  if (!ReadVarint(in, tag)) return false;
  field.number = static_cast<std::uint32_t>(tag >> 3);
  field.is_varint = (tag & 7) == 0;
  if (field.is_varint) return ReadVarint(in, field.varint);
  std::uint64_t size = 0;
  if ((tag & 7) != 2 || !ReadVarint(in, size) || size > in.size()) return false;
  field.bytes = in.substr(0, size);
  in.remove_prefix(size);
  return true;
}

Result<Json> ReadMessage(std::string_view in, const Message& message, int depth);

Status ReadMapEntry(std::string_view in, bool bytes, Json& map) {
  std::string key, value;
  while (!in.empty()) {
    RawField field;
    if (!ReadField(in, field) || field.is_varint) return Malformed();
    (field.number == 1 ? key : value) = std::string(field.bytes);
  }
  map[key] = bytes ? Base64Encode(value) : value;
  return Status::Ok();
}

/// The zero time stands for none.
Json ReadTime(std::string_view in) {
  RawField field;
  if (in.empty() || !ReadField(in, field) || field.number != 1) return nullptr;
  const auto seconds = static_cast<std::int64_t>(field.varint);
  return seconds > 0 ? Json(FormatTime(WallTime(std::chrono::seconds(seconds)))) : Json(nullptr);
}

/// `type` says which of the two counts; neither is set where both are empty.
Result<Json> ReadIntOrString(std::string_view in) {
  Json number = nullptr, text = nullptr;
  bool is_text = false;
  while (!in.empty()) {
    RawField field;
    if (!ReadField(in, field)) return Malformed();
    if (field.number == 1) is_text = field.varint == 1;
    if (field.number == 2 && field.varint != 0) number = static_cast<std::int32_t>(field.varint);
    if (field.number == 3) text = std::string(field.bytes);
  }
  return is_text ? text : number;
}

bool IsVarint(Form form) {
  return form == Form::kInt || form == Form::kBool || form == Form::kPlainInt ||
         form == Form::kPlainBool;
}

Json UnlessZero(const RawField& field, Json value) {
  return field.varint == 0 ? Json(nullptr) : value;
}

Result<Json> ReadValue(const RawField& field, const Member& member, int depth) {
  if (IsVarint(member.form) != field.is_varint) return Malformed();
  switch (member.form) {
    case Form::kInt: return Json(static_cast<std::int64_t>(field.varint));
    case Form::kBool: return Json(field.varint != 0);
    case Form::kPlainInt: return UnlessZero(field, Json(static_cast<std::int64_t>(field.varint)));
    case Form::kPlainBool: return UnlessZero(field, Json(true));
    case Form::kIntOrString: return ReadIntOrString(field.bytes);
    case Form::kTime: return ReadTime(field.bytes);
    case Form::kMessage: return ReadMessage(field.bytes, *member.message, depth + 1);
    default: return Json(std::string(field.bytes));
  }
}

Status ReadInto(const RawField& field, const Member& member, int depth, Json& object) {
  if (member.form == Form::kStringMap || member.form == Form::kBytesMap) {
    if (field.is_varint) return Malformed();
    return ReadMapEntry(field.bytes, member.form == Form::kBytesMap, object[member.name]);
  }
  EDGE_ASSIGN_OR_RETURN(Json value, ReadValue(field, member, depth));
  // Go writes empty strings and unset times; in JSON they are left out.
  const bool empty = value.is_null() || (value.is_string() && value.get<std::string>().empty());
  if (member.repeated) {
    object[member.name].push_back(std::move(value));
  } else if (!empty) {
    object[member.name] = std::move(value);
  }
  return Status::Ok();
}

Result<Json> ReadMessage(std::string_view in, const Message& message, int depth) {
  if (depth > kMaxDepth) return Malformed();
  Json object = Json::object();
  while (!in.empty()) {
    RawField field;
    if (!ReadField(in, field)) return Malformed();
    const auto member =
        std::find_if(message.members.begin(), message.members.end(),
                     [&](const Member& candidate) { return candidate.number == field.number; });
    if (member == message.members.end()) {
      return Unimplemented("protobuf field " + std::to_string(field.number) +
                           " is not known here: send JSON");
    }
    EDGE_RETURN_IF_ERROR(ReadInto(field, *member, depth, object));
  }
  return object;
}

}  // namespace

Result<Json> ReadProtobufBody(std::string_view body) {
  if (body.substr(0, kMagic.size()) != kMagic) return Malformed();
  EDGE_ASSIGN_OR_RETURN(const Json envelope, ReadMessage(body.substr(kMagic.size()), kUnknown, 0));
  const std::string kind = FindString(envelope, {"typeMeta", "kind"});
  const Message* message = FindKind(kind);
  if (message == nullptr) {
    return Unimplemented("objects of kind '" + kind + "' are not read as protobuf: send JSON");
  }
  EDGE_ASSIGN_OR_RETURN(Json object, ReadMessage(FindString(envelope, {"raw"}), *message, 0));
  object["kind"] = kind;
  object["apiVersion"] = FindString(envelope, {"typeMeta", "apiVersion"});
  return object;
}

}  // namespace edge::cloudhub::embedded
