#include "kube/image_name.h"

namespace edge::kube {

std::string_view ImageTag(std::string_view image) {
  if (image.empty()) return {};
  const std::size_t digest = image.find('@');
  const std::string_view name = image.substr(0, digest);
  const std::size_t slash = name.rfind('/');
  const std::size_t colon = name.rfind(':');
  // A colon before the last slash belongs to the registry's port.
  const bool has_tag =
      colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
  if (has_tag) return name.substr(colon + 1);
  return digest == std::string_view::npos ? std::string_view("latest") : std::string_view();
}

}  // namespace edge::kube
