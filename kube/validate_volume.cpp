#include <algorithm>
#include <array>
#include <set>

#include "kube/name_rules.h"
#include "kube/quantity.h"
#include "kube/validation.h"
#include "kube/validators.h"

namespace edge::kube {
namespace {

void ValidateMode(const Json& holder, const char* field, const std::string& path,
                  FieldErrors& errors) {
  const Json* mode = Find(holder, {field});
  if (mode == nullptr || !mode->is_number_integer()) return;
  const auto bits = mode->get<std::int64_t>();
  if (bits < 0 || bits > 0777) {
    errors.push_back(Invalid(path + "." + field, *mode,
                             "must be a number between 0 and 0777 (octal), both inclusive"));
  }
}

void ValidateItems(const Json& source, const std::string& path, FieldErrors& errors) {
  ForEachAt(source, "items", path, [&](const Json& item, const std::string& here) {
    ValidateMode(item, "mode", here, errors);
    const std::string target = FindString(item, {"path"});
    AddIfBad(here + ".path", target, CheckRelativePath(target), errors);
  });
}

void ValidateNamed(const Json& source, const char* field, const std::string& path,
                   FieldErrors& errors) {
  if (FindString(source, {field}).empty()) {
    errors.push_back(Required(path + "." + field));
  }
}

void ValidateHostPath(const Json& source, const std::string& path, FieldErrors& errors) {
  const std::string target = FindString(source, {"path"});
  if (HasDotDot(target)) {
    errors.push_back(Invalid(path + ".path", target, "must not contain '..'"));
  }
}

void ValidateProjection(const Json& source, const std::string& path, FieldErrors& errors) {
  if (source.empty()) {
    errors.push_back(Required(path, "must specify a source"));  // one of the kinds below
    return;
  }
  int count = 0;
  for (const auto& [kind, value] : source.items()) {
    const std::string here = path + "." + kind;
    if (++count > 1) {
      errors.push_back(Forbidden(here, "may not specify more than 1 volume type per source"));
      continue;
    }
    ValidateItems(value, here, errors);
    if (kind == "configMap" || kind == "secret") ValidateNamed(value, "name", here, errors);
    if (kind == "serviceAccountToken" && FindInt(value, {"expirationSeconds"}, 3600) < 600) {
      errors.push_back(Invalid(here + ".expirationSeconds", FindInt(value, {"expirationSeconds"}),
                               "may not specify a duration less than 10 minutes"));
    }
  }
}

void ValidateSource(const std::string& kind, const Json& source, const std::string& path,
                    FieldErrors& errors) {
  ValidateMode(source, "defaultMode", path, errors);
  ValidateItems(source, path, errors);
  if (kind == "configMap") ValidateNamed(source, "name", path, errors);
  if (kind == "secret") ValidateNamed(source, "secretName", path, errors);
  if (kind == "hostPath") ValidateHostPath(source, path, errors);
  if (kind == "emptyDir") {
    const Json* limit = Find(source, {"sizeLimit"});
    const auto size = limit == nullptr ? Quantity() : Quantity::FromJson(*limit);
    if (limit != nullptr && size.ok() && size->IsNegative()) {
      errors.push_back(
          Forbidden(path + ".sizeLimit", "SizeLimit field must be a valid resource quantity"));
    }
  }
  if (kind == "projected") {
    ForEachAt(source, "sources", path, [&](const Json& projection, const std::string& here) {
      ValidateProjection(projection, here, errors);
    });
  }
}

}  // namespace

void ValidateVolumes(const Json& spec, FieldErrors& errors) {
  std::set<std::string> names;
  ForEachAt(spec, "volumes", "spec", [&](const Json& volume, const std::string& path) {
    const std::string name = FindString(volume, {"name"});
    if (!name.empty()) {
      AddIfBad(path + ".name", name, CheckDnsLabel(name), errors);
      if (!names.insert(name).second) errors.push_back(Duplicate(path + ".name", name));
    }
    int count = 0;
    for (const auto& [kind, source] : volume.items()) {
      if (kind == "name") continue;
      if (++count > 1) {
        errors.push_back(Forbidden(path + "." + kind, "may not specify more than 1 volume type"));
      } else {
        ValidateSource(kind, source, path + "." + kind, errors);
      }
    }
    if (count == 0) errors.push_back(Required(path, "must specify a volume type"));
  });
}

}  // namespace edge::kube
