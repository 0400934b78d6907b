#include "cloudhub/adapters/embedded/protobuf_body.h"

#include <catch2/catch.hpp>

#include "common/bytes.h"

namespace edge::cloudhub::embedded {
namespace {

/// A length-delimited field.
std::string Field(int number, const std::string& bytes) {
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         std::string(1, static_cast<char>(bytes.size())) + bytes;
}

std::string Envelope(const std::string& kind, const std::string& raw) {
  return std::string("k8s\0", 4) + Field(1, Field(1, "v1") + Field(2, kind)) + Field(2, raw);
}

TEST_CASE("the namespace that kubectl sends as protobuf is read", "[embedded]") {
  // As `kubectl create ns foo` of 1.32 puts it on the wire.
  const auto body = HexDecode(
      "6b3873000a0f0a02763112094e616d657370616365121b0a130a03666f6f12001a0022002a00320038004200"
      "12001a020a001a002200");
  REQUIRE(body.ok());
  const auto object = ReadProtobufBody(*body);
  INFO(object.status().ToString());
  REQUIRE(object.ok());
  CHECK((*object)["kind"] == "Namespace");
  CHECK((*object)["apiVersion"] == "v1");
  CHECK(FindString(*object, {"metadata", "name"}) == "foo");
}

TEST_CASE("maps of text and of bytes are read", "[embedded]") {
  const std::string entry = Field(1, "k") + Field(2, "v");
  const auto config = ReadProtobufBody(Envelope("ConfigMap", Field(2, entry)));
  REQUIRE(config.ok());
  CHECK((*config)["data"] == Json{{"k", "v"}});
  const auto secret = ReadProtobufBody(Envelope("Secret", Field(2, entry)));
  REQUIRE(secret.ok());
  CHECK((*secret)["data"] == Json{{"k", "dg=="}});
}

TEST_CASE("a kind or field that is not known is refused rather than lost", "[embedded]") {
  CHECK(ReadProtobufBody(Envelope("Pod", "")).status().code() == Code::kUnimplemented);
  CHECK(ReadProtobufBody(Envelope("ConfigMap", Field(9, "x"))).status().code() ==
        Code::kUnimplemented);
}

TEST_CASE("bytes that are no protobuf are refused at any length", "[embedded]") {
  const std::string good = Envelope("Secret", Field(2, Field(1, "k") + Field(2, "v")));
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto cut = ReadProtobufBody(good.substr(0, size));
    if (cut.ok()) CHECK_FALSE(cut->contains("data"));
  }
  CHECK(ReadProtobufBody("{}").status().code() == Code::kInvalidArgument);
}

}  // namespace
}  // namespace edge::cloudhub::embedded
