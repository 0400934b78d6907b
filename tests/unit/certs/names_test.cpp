#include "certs/names.h"

#include <catch2/catch.hpp>

namespace edge::certs {

TEST_CASE("A node name of 52 characters is accepted and one of 53 refused", "[certs]") {
  CHECK(CheckNodeName(std::string(52, 'a')).ok());
  const Status status = CheckNodeName(std::string(53, 'a'));
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message().find("53 characters") != std::string::npos);
}

TEST_CASE("Only DNS-1123 subdomains are node names", "[certs]") {
  for (const char* good : {"a", "till-1", "store-terminal-nyc-001", "a.b.c", "0"}) {
    CHECK(CheckNodeName(good).ok());
  }
  for (const char* bad : {"", "-a", "a-", "A", "a..b", ".a", "a.", "a_b", "a/b", "a+", "a#"}) {
    INFO(bad);
    CHECK(CheckNodeName(bad).code() == Code::kInvalidArgument);
  }
}

TEST_CASE("A node name and its certificate name turn into each other", "[certs]") {
  CHECK(NodeCommonName("till-1") == "system:node:till-1");
  CHECK(NodeOfCommonName("system:node:till-1").value() == "till-1");
  CHECK(NodeCommonName(std::string(52, 'a')).size() == 64);
}

TEST_CASE("A certificate name with another prefix or a bad node name is no node", "[certs]") {
  CHECK_FALSE(NodeOfCommonName("edge:hub").ok());
  CHECK_FALSE(NodeOfCommonName("system:node:").ok());
  CHECK_FALSE(NodeOfCommonName("system:node:a/b").ok());
}

}  // namespace edge::certs
