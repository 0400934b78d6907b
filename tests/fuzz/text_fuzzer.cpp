#include <string>

#include "certs/token.h"
#include "common/config/config.h"
#include "common/config/yaml.h"
#include "edged/core/pod/pod_spec.h"
#include "kube/quantity.h"
#include "kube/selector.h"
#include "tests/fuzz/fuzz.h"

// Small texts with a grammar: configuration, token files, quantities, selectors, image names.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace edge;
  const std::string_view text = fuzz::View(data, size);
  const auto refused_in_words = [](const Status& status) {
    fuzz::Expect(status.ok() || !status.message().empty());
  };
  const Result<config::YamlNode> yaml = config::ParseYaml(text, "fuzz.yaml");
  refused_in_words(yaml.status());
  if (yaml.ok()) std::ignore = config::YamlToJson(*yaml).dump();
  refused_in_words(config::ParseDuration(text).status());
  refused_in_words(certs::ParseToken(text, "fuzz.yaml").status());
  refused_in_words(kube::Quantity::Parse(text).status());
  refused_in_words(kube::LabelSelector::Parse(text).status());
  refused_in_words(kube::FieldSelector::Parse(text, kube::SelectableFields("", "pods")).status());
  refused_in_words(edged::NormalizeImage(std::string(text)).status());
  return 0;
}
