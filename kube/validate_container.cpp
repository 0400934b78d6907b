#include <array>
#include <limits>
#include <set>

#include "kube/name_rules.h"
#include "kube/validation.h"
#include "kube/validators.h"

namespace edge::kube {
namespace {

constexpr std::int64_t kMaxInt32 = std::numeric_limits<std::int32_t>::max();

void ValidatePorts(const Json& container, const std::string& path, FieldErrors& errors) {
  std::set<std::string> names;
  ForEachAt(container, "ports", path, [&](const Json& port, const std::string& here) {
    const std::string name = FindString(port, {"name"});
    if (!name.empty()) {
      AddIfBad(here + ".name", name, CheckPortName(name), errors);
      if (!names.insert(name).second) errors.push_back(Duplicate(here + ".name", name));
    }
    if (FindInt(port, {"containerPort"}) == 0) {
      errors.push_back(Required(here + ".containerPort"));
    } else {
      CheckRange(port, "containerPort", here, 1, 65535, errors);
    }
    if (FindInt(port, {"hostPort"}) != 0) CheckRange(port, "hostPort", here, 1, 65535, errors);
  });
}

bool HasNamed(const Json& list, const std::string& name) {
  if (!list.is_array()) return false;
  for (const Json& element : list) {
    if (FindString(element, {"name"}) == name) return true;
  }
  return false;
}

void ValidateSubPath(const Json& mount, const std::string& path, FieldErrors& errors) {
  for (const char* field : {"subPath", "subPathExpr"}) {
    const std::string value = FindString(mount, {field});
    AddIfBad(path + "." + field, value, CheckRelativePath(value), errors);
  }
  if (!FindString(mount, {"subPath"}).empty() && !FindString(mount, {"subPathExpr"}).empty()) {
    errors.push_back(Invalid(path + ".subPathExpr", FindString(mount, {"subPathExpr"}),
                             "subPathExpr and subPath are mutually exclusive"));
  }
}

void ValidateMounts(const Json& container, const std::string& path, const Json& volumes,
                    FieldErrors& errors) {
  std::set<std::string> paths;
  const bool privileged = FindBool(container, {"securityContext", "privileged"});
  ForEachAt(container, "volumeMounts", path, [&](const Json& mount, const std::string& here) {
    const std::string name = FindString(mount, {"name"});
    const std::string target = FindString(mount, {"mountPath"});
    if (!name.empty() && !HasNamed(volumes, name)) {
      errors.push_back(NotFoundValue(here + ".name", name));
    }
    if (!target.empty() && !paths.insert(target).second) {
      errors.push_back(Invalid(here + ".mountPath", target, "must be unique"));
    }
    if (FindString(mount, {"mountPropagation"}) == "Bidirectional" && !privileged) {
      errors.push_back(
          Forbidden(here + ".mountPropagation",
                    "Bidirectional mount propagation is available only to privileged containers"));
    }
    ValidateSubPath(mount, here, errors);
  });
}

void ValidateSecurity(const Json& container, const std::string& path, FieldErrors& errors) {
  const Json* context = Find(container, {"securityContext"});
  if (context == nullptr) return;
  const std::string here = path + ".securityContext";
  CheckRange(*context, "runAsUser", here, 0, kMaxInt32, errors);
  CheckRange(*context, "runAsGroup", here, 0, kMaxInt32, errors);
  if (FindBool(*context, {"allowPrivilegeEscalation"}, true)) return;
  if (FindBool(*context, {"privileged"})) {
    errors.push_back(Invalid(
        here, *context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
  }
  const Json* added = Find(*context, {"capabilities", "add"});
  if (added == nullptr || !added->is_array()) return;
  for (const Json& capability : *added) {
    if (capability == "CAP_SYS_ADMIN") {
      errors.push_back(Invalid(here, *context,
                               "cannot set `allowPrivilegeEscalation` to false and "
                               "`capabilities.Add` CAP_SYS_ADMIN"));
    }
  }
}

void ValidateImage(const Json& container, const std::string& path, FieldErrors& errors) {
  const std::string image = FindString(container, {"image"});
  if (image.empty()) {
    errors.push_back(Required(path + ".image"));
  } else if (std::string_view(" \t\n\r").find(image.front()) != std::string_view::npos ||
             std::string_view(" \t\n\r").find(image.back()) != std::string_view::npos) {
    errors.push_back(
        Invalid(path + ".image", image, "must not have leading or trailing whitespace"));
  }
}

}  // namespace

void ValidateContainer(const Json& container, const std::string& path, const Json& volumes,
                       FieldErrors& errors) {
  ValidateImage(container, path, errors);
  ValidatePorts(container, path, errors);
  ValidateEnv(container, path, errors);
  ValidateMounts(container, path, volumes, errors);
  ValidateSecurity(container, path, errors);
  if (const Json* resources = Find(container, {"resources"})) {
    ValidateResources(*resources, path + ".resources", errors);
  }
}

}  // namespace edge::kube
