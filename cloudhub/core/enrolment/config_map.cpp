#include "cloudhub/core/enrolment/config_map.h"

#include <string>
#include <utility>

#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/resources.h"

namespace edge::cloudhub {

void PutConfigMap(KubeApi& api, const Json& config_map, std::function<void(Status)> done) {
  api.Create({}, kConfigMaps, config_map,
             [&api, config_map, done = std::move(done)](const Result<Json>& created) {
               if (created.ok() || created.status().code() != Code::kAlreadyExists) {
                 done(created.status());
                 return;
               }
               const Json patch = {{"data", config_map["data"]}};
               api.Patch({}, kConfigMaps, std::string(kSystemNamespace),
                         FindString(config_map, {"metadata", "name"}), "", PatchType::kMerge, patch,
                         [done](const Result<Json>& patched) { done(patched.status()); });
             });
}

}  // namespace edge::cloudhub
