#include "cloudhub/adapters/embedded/tables.h"

#include "cloudhub/adapters/embedded/kind_rules.h"
#include "kube/metadata.h"

namespace edge::cloudhub::embedded {
namespace {

using kube::NameOf;

std::size_t SizeOf(const Json& object, std::string_view member) {
  const Json* found = Find(object, {member});
  return found != nullptr ? found->size() : 0;
}

Json NamespaceCells(const Json& object, WallTime now) {
  return {NameOf(object), FindString(object, {"status", "phase"}), AgeOfObject(object, now)};
}

Json ConfigMapCells(const Json& object, WallTime now) {
  return {NameOf(object), SizeOf(object, "data") + SizeOf(object, "binaryData"),
          AgeOfObject(object, now)};
}

Json SecretCells(const Json& object, WallTime now) {
  return {NameOf(object), FindString(object, {"type"}), SizeOf(object, "data"),
          AgeOfObject(object, now)};
}

Json LeaseCells(const Json& object, WallTime now) {
  return {NameOf(object), FindString(object, {"spec", "holderIdentity"}), AgeOfObject(object, now)};
}

std::string EventSource(const Json& event) {
  const std::string component =
      FindString(event, {"source", "component"}, FindString(event, {"reportingComponent"}));
  const std::string host = FindString(event, {"source", "host"});
  return host.empty() ? component : component + ", " + host;
}

Json EventCells(const Json& event, WallTime now) {
  const std::string time = FindString(event, {"eventTime"});
  const std::string first_seen = FindString(event, {"firstTimestamp"}, time);
  const std::string last_seen = FindString(event, {"lastTimestamp"}, first_seen);
  std::string kind = FindString(event, {"involvedObject", "kind"});
  for (char& c : kind) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string message = FindString(event, {"message"});
  while (!message.empty() && message.back() == '\n') message.pop_back();
  return {AgeOf(last_seen, now),
          FindString(event, {"type"}),
          FindString(event, {"reason"}),
          kind + "/" + FindString(event, {"involvedObject", "name"}),
          FindString(event, {"involvedObject", "fieldPath"}),
          EventSource(event),
          message,
          AgeOf(first_seen, now),
          std::max<std::int64_t>(1, FindInt(event, {"count"})),
          NameOf(event)};
}

std::string ServicePorts(const Json& service) {
  std::string text;
  const Json* ports = Find(service, {"spec", "ports"});
  if (ports == nullptr) return "<none>";
  for (const Json& port : *ports) {
    if (!text.empty()) text += ",";
    text += std::to_string(FindInt(port, {"port"}));
    const std::int64_t node_port = FindInt(port, {"nodePort"});
    if (node_port > 0) text += ":" + std::to_string(node_port);
    text += "/" + FindString(port, {"protocol"}, "TCP");
  }
  return OrNone(text);
}

std::string SelectorText(const Json& service) {
  const Json* selector = Find(service, {"spec", "selector"});
  std::string text;
  if (selector == nullptr) return "<none>";
  for (const auto& [key, value] : selector->items()) {
    if (!text.empty()) text += ",";
    text += key + "=" + value.get<std::string>();
  }
  return OrNone(text);
}

Json ServiceCells(const Json& object, WallTime now) {
  std::string external = FindString(object, {"spec", "type"}) == "ExternalName"
                             ? FindString(object, {"spec", "externalName"})
                             : std::string();
  if (const Json* ips = Find(object, {"spec", "externalIPs"}); ips != nullptr) {
    for (const Json& ip : *ips) external += (external.empty() ? "" : ",") + ip.get<std::string>();
  }
  return {NameOf(object),
          FindString(object, {"spec", "type"}),
          OrNone(FindString(object, {"spec", "clusterIP"})),
          OrNone(external),
          ServicePorts(object),
          AgeOfObject(object, now),
          SelectorText(object)};
}

Json PlainCells(const Json& object, WallTime now) {
  return {NameOf(object), AgeOfObject(object, now)};
}

const Column kName{"Name", "string", "name", 0};
const Column kAge{"Age", "string", "", 0};

TableKind KindFor(const kube::ResourceInfo& resource) {
  if (IsCore(resource, "pods")) return PodTable();
  if (IsCore(resource, "nodes")) return NodeTable();
  if (resource.plural == "edgenodes") return EdgeNodeTable();
  if (resource.plural == "edgehubs") return EdgeHubTable();
  if (IsCore(resource, "namespaces")) return {{kName, {"Status"}, kAge}, NamespaceCells};
  if (IsCore(resource, "configmaps")) return {{kName, {"Data"}, kAge}, ConfigMapCells};
  if (IsCore(resource, "secrets")) {
    return {{kName, {"Type"}, {"Data"}, kAge}, SecretCells};
  }
  if (IsCore(resource, "services")) {
    return {{kName,
             {"Type"},
             {"Cluster-IP"},
             {"External-IP"},
             {"Port(s)"},
             kAge,
             {"Selector", "string", "", 1}},
            ServiceCells};
  }
  if (IsCore(resource, "events")) {
    return {{{"Last Seen"},
             {"Type"},
             {"Reason"},
             {"Object"},
             {"Subobject", "string", "", 1},
             {"Source", "string", "", 1},
             {"Message"},
             {"First Seen", "string", "", 1},
             {"Count", "string", "", 1},
             {"Name", "string", "name", 1}},
            EventCells};
  }
  if (resource.plural == "leases") return {{kName, {"Holder"}, kAge}, LeaseCells};
  return {{kName, kAge}, PlainCells};
}

Json Definitions(const std::vector<Column>& columns) {
  Json definitions = Json::array();
  for (const Column& column : columns) {
    definitions.push_back({{"name", column.name},
                           {"type", column.type},
                           {"format", column.format},
                           {"description", column.name},
                           {"priority", column.priority}});
  }
  return definitions;
}

}  // namespace

Json PartialMetadata(const Json& object) {
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", object.contains("metadata") ? object["metadata"] : Json::object()}};
}

Json MakeTable(const kube::ResourceInfo& resource, std::span<const Json> objects,
               const TableOptions& options, WallTime now) {
  const TableKind kind = KindFor(resource);
  Json rows = Json::array();
  for (const Json& object : objects) {
    Json row = {{"cells", kind.cells(object, now)}};
    if (options.include_object == "Object") {
      row["object"] = object;
    } else if (options.include_object == "None") {
      row["object"] = nullptr;
    } else {
      row["object"] = PartialMetadata(object);
      row["object"]["apiVersion"] = "meta.k8s.io/" + options.version;
    }
    rows.push_back(std::move(row));
  }
  return {{"kind", "Table"},
          {"apiVersion", "meta.k8s.io/" + options.version},
          {"metadata", Json::object()},
          {"columnDefinitions", Definitions(kind.columns)},
          {"rows", std::move(rows)}};
}

}  // namespace edge::cloudhub::embedded
