#pragma once

#include <map>
#include <string>
#include <string_view>

namespace edge::edged {

/// Kubernetes' expansion: $(NAME) becomes the variable's value and stays as it is written where
/// there is none; $$ becomes $, so $$(NAME) is literal. Values are not expanded again.
std::string Expand(std::string_view text, const std::map<std::string, std::string>& variables);

}  // namespace edge::edged
