#pragma once

#include <string>
#include <string_view>

#include "cloudhub/ports/kube_api.h"

namespace edge::cloudhub::kubernetes {

/// Everything but letters, digits, "-", "." , "_" and "~" as %XX.
std::string PercentEncoded(std::string_view text);

/// The path of a collection ("/apis/apps/v1/namespaces/default/deployments"), or of one object in
/// it. Errors: kInvalidArgument for a part that a URL's path cannot hold: empty, ".", "..", with
/// "/", "%" or a control character.
Result<std::string> CollectionPath(const Resource& resource, const std::string& ns);
Result<std::string> ObjectPath(const Resource& resource, const std::string& ns,
                               const std::string& name, const std::string& subresource = {});

/// kInvalidArgument unless a Node could have this name (a DNS subdomain of at most 253 characters):
/// it goes into a header.
Status CheckNodeName(std::string_view node);

}  // namespace edge::cloudhub::kubernetes
