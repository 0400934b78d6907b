#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include "cloudhub/adapters/embedded/embedded_kube_api.h"
#include "cloudhub/adapters/embedded/janitor.h"
#include "cloudhub/adapters/embedded/registry.h"
#include "cloudhub/adapters/embedded/watch_hub.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/temp_folder.h"

namespace edge::cloudhub::embedded {

/// The embedded API without HTTP, on a clock that stands still.
struct Api {
  Api() {
    REQUIRE(registry.Bootstrap().ok());
    janitor.Start();
    executor.RunReady();
  }

  Target At(const std::string& plural, const std::string& name, const std::string& sub = "") {
    const std::string group = plural == "edgenodes" ? "edge.kubeedge.io"
                              : plural == "leases"  ? "coordination.k8s.io"
                                                    : "";
    const kube::ResourceInfo* resource = kube::FindResource(group, "v1", plural);
    REQUIRE(resource != nullptr);
    return {resource, resource->namespaced ? ns : "", name, sub};
  }
  Answer Create(const std::string& plural, Json object, WriteOptions options = {}) {
    const Target target = At(plural, "");
    object["kind"] = target.resource->kind;
    object["apiVersion"] = ApiVersion(*target.resource);
    return registry.Create(target, std::move(object), options);
  }
  Json MakePod(const std::string& name, const std::string& node = "") {
    Json pod = {{"metadata", {{"name", name}}},
                {"spec", {{"containers", {{{"name", "c"}, {"image", "web:1"}}}}}}};
    if (!node.empty()) pod["spec"]["nodeName"] = node;
    const Answer made = Create("pods", pod);
    INFO(made.body.dump(2));
    REQUIRE(made.code == 201);
    return made.body;
  }
  bool Exists(const std::string& plural, const std::string& name) {
    return registry.Get(At(plural, name)).ok();
  }

  fakes::TempFolder folder;
  fakes::ManualExecutor executor;
  SeededRandom random{7};
  std::unique_ptr<ObjectStore> store = std::move(*ObjectStore::Open(folder / "api.db"));
  Registry registry{*store, executor.clock(), random};
  WatchHub hub{*store};
  Janitor janitor{registry, hub, executor};
  EmbeddedKubeApi kube{registry, hub, executor};
  std::string ns = "default";
};

inline std::string MessageOf(const Answer& answer) { return FindString(answer.body, {"message"}); }

}  // namespace edge::cloudhub::embedded
