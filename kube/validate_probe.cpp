#include <array>

#include "kube/validators.h"

namespace edge::kube {
namespace {

constexpr std::array<const char*, 5> kHandlers{"exec", "grpc", "httpGet", "sleep", "tcpSocket"};

void ValidatePort(const Json& handler, const std::string& path, FieldErrors& errors) {
  const Json* port = Find(handler, {"port"});
  if (port == nullptr) return;
  if (port->is_number_integer()) {
    CheckRange(handler, "port", path, 1, 65535, errors);
  } else if (port->is_string() && port->get_ref<const std::string&>().empty()) {
    errors.push_back(Invalid(path + ".port", *port, "must contain at least one letter (a-z)"));
  }
}

/// Exactly one way to act, and that one complete.
void ValidateHandler(const Json& handler, const std::string& path, FieldErrors& errors) {
  int count = 0;
  for (const char* name : kHandlers) {
    const Json* action = Find(handler, {name});
    if (action == nullptr) continue;
    const std::string here = path + "." + name;
    if (++count > 1) {
      errors.push_back(Forbidden(here, "may not specify more than 1 handler type"));
      continue;
    }
    ValidatePort(*action, here, errors);
    const Json* command = Find(*action, {"command"});
    if (name == std::string_view("exec") && (command == nullptr || command->empty())) {
      errors.push_back(Required(here + ".command"));
    }
    CheckNotNegative(*action, "seconds", here, errors);
  }
  if (count == 0) errors.push_back(Required(path, "must specify a handler type"));
}

void ValidateProbe(const Json& container, const char* name, const std::string& path,
                   FieldErrors& errors) {
  const Json* probe = Find(container, {name});
  if (probe == nullptr) return;
  const std::string here = path + "." + name;
  ValidateHandler(*probe, here, errors);
  for (const char* field : {"initialDelaySeconds", "timeoutSeconds", "periodSeconds",
                            "successThreshold", "failureThreshold"}) {
    CheckNotNegative(*probe, field, here, errors);
  }
  const bool readiness = name == std::string_view("readinessProbe");
  const std::int64_t successes = FindInt(*probe, {"successThreshold"}, 1);
  if (!readiness && successes != 1) {
    errors.push_back(Invalid(here + ".successThreshold", successes, "must be 1"));
  }
  const Json* grace = Find(*probe, {"terminationGracePeriodSeconds"});
  if (grace == nullptr) return;
  if (readiness) {
    errors.push_back(Invalid(here + ".terminationGracePeriodSeconds", *grace,
                             "must not be set for readinessProbes"));
  } else if (grace->is_number_integer() && grace->get<std::int64_t>() <= 0) {
    errors.push_back(
        Invalid(here + ".terminationGracePeriodSeconds", *grace, "must be greater than 0"));
  }
}

}  // namespace

void ValidateProbes(const Json& container, const std::string& path, FieldErrors& errors) {
  for (const char* hook : {"postStart", "preStop"}) {
    if (const Json* handler = Find(container, {"lifecycle", hook})) {
      ValidateHandler(*handler, path + ".lifecycle." + hook, errors);
    }
  }
  for (const char* name : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    ValidateProbe(container, name, path, errors);
  }
}

}  // namespace edge::kube
