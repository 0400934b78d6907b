#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/json.h"
#include "tests/kubernetes/oracle/steps.h"

namespace edge::oracle {

/// How a user of a server shows who it is: by a certificate's files, or by a token.
struct User {
  std::string certificate, key, token;
};

struct ServerUnderTest {
  std::string url, ca_file;
  std::map<std::string, User> users;
};

struct Reply {
  long code = 0;
  std::string content_type, body, error;
  std::vector<std::string> warnings;
};

/// One HTTPS request by libcurl. A watch ends after its number of events. Thread rule: any.
Reply Send(const ServerUnderTest& server, const Step& step);

}  // namespace edge::oracle
