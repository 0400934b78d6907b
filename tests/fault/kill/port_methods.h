#pragma once

#include <string>
#include <vector>

namespace edge::kill {

/// "Class.Method" of every pure virtual method in the agent's port headers, read from their source.
std::vector<std::string> PortMethods();

}  // namespace edge::kill
