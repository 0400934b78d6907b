#include "edgectl/render.h"

#include "common/table.h"

namespace edge::edgectl {
namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

/// "clusterName" reads "Cluster name", "podIP" reads "Pod IP".
std::string Label(const std::string& key) {
  std::string label;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool word = IsUpper(key[i]) && i > 0 && !IsUpper(key[i - 1]);
    const bool acronym = IsUpper(key[i]) && (i + 1 == key.size() || IsUpper(key[i + 1]) ||
                                             (i > 0 && IsUpper(key[i - 1])));
    if (word) label += ' ';
    label += IsUpper(key[i]) && !acronym ? static_cast<char>(key[i] + 32) : key[i];
  }
  if (!label.empty() && label[0] >= 'a' && label[0] <= 'z') label[0] -= 32;
  return label;
}

std::string Plain(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return DumpJson(value);
  std::string text;
  for (const Json& item : value) text += (text.empty() ? "" : ", ") + Plain(item);
  return text;
}

void AddRows(Table& table, const Json& object, const std::string& indent) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      table.Add({indent + Label(key) + ":"});
      AddRows(table, value, indent + "  ");
    } else {
      table.Add({indent + Label(key) + ":", Plain(value)});
    }
  }
}

std::string Cell(const Json& object, const char* key) {
  const Json* value = Find(object, {key});
  return value == nullptr ? "" : Plain(*value);
}

}  // namespace

std::string RenderStatus(const Json& status) {
  Table table({"", ""});
  if (status.is_object()) AddRows(table, status, "");
  return table.Text().substr(1);  // without the heading, which is an empty line
}

std::string RenderPods(const Json& pods) {
  Table table({"NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "IP"});
  if (!pods.is_array() || pods.empty()) return "No pods on this node.\n";
  for (const Json& pod : pods) {
    table.Add({Cell(pod, "namespace"), Cell(pod, "name"), Cell(pod, "ready"), Cell(pod, "status"),
               Cell(pod, "restarts"), Cell(pod, "podIP")});
  }
  return table.Text();
}

}  // namespace edge::edgectl
