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

TEST_CASE("the services that kubectl sends as protobuf are read", "[embedded]") {
  // As `kubectl create service clusterip cs --tcp=80:8080` of 1.32 puts it on the wire.
  const auto cluster_ip = HexDecode(
      "6b3873000a0d0a02763112075365727669636512660a1d0a02637312001a0022002a00320038004200"
      "5a090a036170701202637312410a1b0a0738302d3830383012035443501850220708001090"
      "3f1a00280012090a036170701202637"
      "31a002209436c757374657249503a00420052005a00600068001a020a001a002200");
  REQUIRE(cluster_ip.ok());
  const auto service = ReadProtobufBody(*cluster_ip);
  INFO(service.status().ToString());
  REQUIRE(service.ok());
  CHECK((*service)["spec"] ==
        Json{{"ports",
              {{{"name", "80-8080"}, {"protocol", "TCP"}, {"port", 80}, {"targetPort", 8080}}}},
             {"selector", {{"app", "cs"}}},
             {"type", "ClusterIP"}});
  // `kubectl create service nodeport np --tcp=80:http --node-port=30080`
  const auto node_port = HexDecode(
      "6b3873000a0d0a027631120753657276696365126a0a1d0a026e7012001a0022002a00320038004200"
      "5a090a03617070"
      "12026e7012450a200a0738302d68747470120354435018502"
      "20a080110001a04687474702880eb0112090a0361707012026e701a0022084e6f6465506f72743a00"
      "420052005a00600068001a020a001a002200");
  REQUIRE(node_port.ok());
  const auto named = ReadProtobufBody(*node_port);
  INFO(named.status().ToString());
  REQUIRE(named.ok());
  CHECK((*named)["spec"]["ports"][0]["targetPort"] == "http");
  CHECK((*named)["spec"]["ports"][0]["nodePort"] == 30080);
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
