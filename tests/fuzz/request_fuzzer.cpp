#include <memory>

#include "cloudhub/adapters/embedded/api_server.h"
#include "cloudhub/adapters/embedded/object_store.h"
#include "cloudhub/adapters/embedded/registry.h"
#include "cloudhub/adapters/embedded/url.h"
#include "cloudhub/adapters/embedded/watch_hub.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/temp_folder.h"
#include "tests/fuzz/fuzz.h"

// A request to the embedded API by one who may do everything: lines of method, target, accepted
// type and content type, then the body. The store lives on from input to input.

namespace {

using namespace edge;
using namespace edge::cloudhub::embedded;

class Discarded final : public Responder {
 public:
  void Respond(ApiResponse response) override { fuzz::Expect(response.code >= 200); }
  void StartStream(ApiResponse) override {}
  bool Write(const std::string&) override { return false; }  // nobody listens
  void EndStream() override {}
  bool closed() const override { return true; }
};

class World {
 public:
  World() {
    Expect(registry_.Bootstrap().ok());
    executor_.RunReady();
  }

  void Handle(const ApiRequest& request) {
    server_.Handle(request, std::make_shared<Discarded>());
    executor_.RunReady();
  }

 private:
  static void Expect(bool holds) { fuzz::Expect(holds); }

  const fakes::TempFolder folder_;
  fakes::ManualExecutor executor_;
  SeededRandom random_{7};
  std::unique_ptr<ObjectStore> store_ = std::move(*ObjectStore::Open(folder_ / "api.db"));
  Registry registry_{*store_, executor_.clock(), random_};
  WatchHub hub_{*store_};
  ApiServer server_{registry_, hub_, executor_, random_};
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  ApiRequest request;
  std::string_view rest = fuzz::View(data, size), target;
  const auto line = [&rest] {
    const auto [first, others] = fuzz::Split(rest, "\n");
    rest = others;
    return first;
  };
  request.method = line();
  target = line();
  request.accept = line();
  request.content_type = line();
  request.user = "system:admin";
  request.body = rest;
  if (ParseTarget(target, request.path, request.query)) world.Handle(request);
  return 0;
}
