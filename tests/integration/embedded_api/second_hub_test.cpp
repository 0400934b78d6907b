#include <map>

#include "common/file.h"
#include "tests/integration/embedded_api/server_fixture.h"

namespace edge::cloudhub::embedded {
namespace {

std::map<std::string, std::string> FilesOf(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    // A descriptor of the database that is closed in this process would unlock it.
    if (name.starts_with("api.db")) continue;
    files[name] = *ReadFile(entry.path().string());
  }
  return files;
}

TEST_CASE("a second hub on the same state folder is refused before it changes a file there",
          "[embedded]") {
  const fakes::TempFolder folder;
  const Server server(folder.path());
  const auto before = FilesOf(folder.path());
  REQUIRE(before.contains("kubeconfig"));
  auto loop = std::move(*Loop::Create());
  SystemRandom random;
  EmbeddedApiOptions options;
  options.state_dir = folder.path();
  options.port = 0;
  options.extra_sans = {"another.example"};  // would want another certificate
  const auto second = EmbeddedApi::Open(*loop, random, options);
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == Code::kUnavailable);
  CHECK_THAT(second.status().message(), Catch::Contains(folder.path() + "/api.db"));
  CHECK_FALSE(second.status().next_step().empty());
  CHECK(FilesOf(folder.path()) == before);
}

}  // namespace
}  // namespace edge::cloudhub::embedded
