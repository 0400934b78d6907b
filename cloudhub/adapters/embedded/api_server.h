#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "cloudhub/adapters/embedded/api_types.h"
#include "cloudhub/adapters/embedded/http_watch.h"
#include "cloudhub/adapters/embedded/negotiate.h"
#include "cloudhub/adapters/embedded/registry.h"
#include "cloudhub/adapters/embedded/watch_hub.h"

namespace edge::cloudhub::embedded {

/// The API as its URLs present it: discovery, OpenAPI, and verbs on resources in the forms that a
/// client accepts. Knows requests and answers, not sockets.
///
/// Thread rule: the executor's thread. Every request is answered, within the call except for
/// watches. Destruction ends the watches.
class ApiServer {
 public:
  ApiServer(Registry& registry, WatchHub& hub, Executor& executor, Random& random);

  void Handle(const ApiRequest& request, ResponderPtr responder);

 private:
  ApiResponse HandleNonResource(const ApiRequest& request,
                                const std::vector<std::string>& segments);
  ApiResponse HandleDiscovery(const ApiRequest& request,
                              const std::vector<std::string>& segments) const;
  ApiResponse HandleOpenApi(const ApiRequest& request, const std::vector<std::string>& segments);
  void HandleResource(const ApiRequest& request, const Target& target, ResponderPtr responder);
  Answer HandleCollection(const ApiRequest& request, const Target& target);
  Answer HandleObject(const ApiRequest& request, const Target& target);
  Answer RefuseStream(const Target& target) const;
  Answer HandlePatch(const ApiRequest& request, const Target& target);
  void StartWatch(const ApiRequest& request, const Target& target, const ObjectFormat& format,
                  ResponderPtr responder);
  ApiResponse Encode(const ApiRequest& request, const Target& target, const ObjectFormat& format,
                     Answer answer) const;
  /// Lets go of ended watches, and sees whether a full disk has room again.
  void Sweep();

  Registry& registry_;
  WatchHub& hub_;
  Executor& executor_;
  Random& random_;
  std::list<std::unique_ptr<HttpWatch>> watches_;
  std::string openapi_v2_json_, openapi_v2_protobuf_;  // made when first asked for
  Timer sweep_;
};

}  // namespace edge::cloudhub::embedded
