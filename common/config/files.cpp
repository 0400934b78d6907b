#include "common/config/files.h"

namespace edge::config {

Status LoadFiles(Config& config, const std::string& file, std::string_view default_file) {
  const Status loaded = config.LoadFile(file);
  const bool absent_default = loaded.code() == Code::kNotFound && file == default_file;
  if (loaded.code() == Code::kNotFound && !absent_default) {
    return NotFound("the configuration: " + loaded.message(),
                    "create that file, or name another with --config");
  }
  if (!loaded.ok() && !absent_default) return loaded;
  return config.LoadFolder(file.substr(0, file.rfind(".yaml")) + ".d");
}

}  // namespace edge::config
