#include "cloudhub/adapters/embedded/negotiate.h"

#include <vector>

namespace edge::cloudhub::embedded {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(Trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool IsJson(const std::string& type) {
  return type == "application/json" || type == "*/*" || type == "application/*" || type.empty();
}

}  // namespace

MediaType ParseMediaType(std::string_view text) {
  MediaType media;
  const auto parts = Split(text, ';');
  media.type = std::string(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::size_t equals = parts[i].find('=');
    if (equals == std::string_view::npos) continue;
    media.params.emplace(parts[i].substr(0, equals), parts[i].substr(equals + 1));
  }
  return media;
}

std::optional<ObjectFormat> NegotiateObject(std::string_view accept) {
  for (const std::string_view part : Split(accept, ',')) {
    const MediaType media = ParseMediaType(part);
    if (!IsJson(media.type)) continue;
    const auto as = media.params.find("as");
    if (as == media.params.end()) return ObjectFormat{};
    const auto group = media.params.find("g");
    const auto version = media.params.find("v");
    if (group == media.params.end() || group->second != "meta.k8s.io") continue;
    if (version == media.params.end() ||
        (version->second != "v1" && version->second != "v1beta1")) {
      continue;
    }
    if (as->second == "Table") return ObjectFormat{ObjectFormat::Form::kTable, version->second};
    if (as->second == "PartialObjectMetadata" || as->second == "PartialObjectMetadataList") {
      return ObjectFormat{ObjectFormat::Form::kPartialMetadata, version->second};
    }
  }
  return std::nullopt;
}

std::string NegotiateDiscovery(std::string_view accept) {
  for (const std::string_view part : Split(accept, ',')) {
    const MediaType media = ParseMediaType(part);
    if (!IsJson(media.type)) continue;
    const auto as = media.params.find("as");
    if (as == media.params.end() || as->second != "APIGroupDiscoveryList") return {};
    const auto version = media.params.find("v");
    if (version != media.params.end() &&
        (version->second == "v2" || version->second == "v2beta1")) {
      return version->second;
    }
  }
  return {};
}

bool Accepts(std::string_view accept, std::string_view type) {
  for (const std::string_view part : Split(accept, ',')) {
    if (part.substr(0, type.size()) == type) return true;
  }
  return false;
}

}  // namespace edge::cloudhub::embedded
