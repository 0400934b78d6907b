#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace edge::cloudhub::embedded {

/// One element of an Accept or Content-Type header: "application/json" and its parameters.
struct MediaType {
  std::string type;
  std::map<std::string, std::string> params;
};

MediaType ParseMediaType(std::string_view text);

/// How an object's answer is to be written.
struct ObjectFormat {
  enum class Form { kPlain, kTable, kPartialMetadata } form = Form::kPlain;
  std::string version = "v1";  ///< of meta.k8s.io
};

/// The first of the accepted forms that is served, or nullopt (406). An empty header accepts all.
std::optional<ObjectFormat> NegotiateObject(std::string_view accept);

/// "v2" or "v2beta1" where the client takes aggregated discovery, else empty.
std::string NegotiateDiscovery(std::string_view accept);

/// Whether any accepted type's text begins with `type`.
bool Accepts(std::string_view accept, std::string_view type);

}  // namespace edge::cloudhub::embedded
