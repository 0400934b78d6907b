#pragma once

#include <string>
#include <string_view>

// Checks of names in the API server's words, beside those of validation.h; empty text: good.
namespace edge::kube {

std::string CheckConfigKey(std::string_view key);
std::string CheckEnvName(std::string_view name);
std::string CheckPortName(std::string_view name);      ///< IANA service name
std::string CheckRelativePath(std::string_view path);  ///< below a volume's root
/// Whether one of the path's steps is "..".
bool HasDotDot(std::string_view path);

}  // namespace edge::kube
