#include "tests/kubernetes/oracle/client.h"

#include <curl/curl.h>
#include <strings.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

namespace edge::oracle {
namespace {

struct Receipt {
  Reply reply;
  long events_wanted = 0;
};

std::size_t TakeBody(char* data, std::size_t size, std::size_t count, void* to) {
  auto& receipt = *static_cast<Receipt*>(to);
  receipt.reply.body.append(data, size * count);
  const std::string& body = receipt.reply.body;
  const bool enough = receipt.events_wanted > 0 &&
                      std::count(body.begin(), body.end(), '\n') >= receipt.events_wanted;
  return enough ? 0 : size * count;  // 0 ends the transfer
}

std::size_t TakeHeader(char* data, std::size_t size, std::size_t count, void* to) {
  auto& reply = static_cast<Receipt*>(to)->reply;
  std::string line(data, size * count);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  const auto value = [&](const std::string& name, std::string& out) {
    if (strncasecmp(line.c_str(), name.c_str(), name.size()) != 0) return false;
    out = line.substr(name.size());
    return true;
  };
  std::string warning;
  value("Content-Type: ", reply.content_type);
  if (value("Warning: ", warning)) reply.warnings.push_back(warning);
  return size * count;
}

using Handle = std::unique_ptr<CURL, void (*)(CURL*)>;
using Headers = std::unique_ptr<curl_slist, void (*)(curl_slist*)>;

void Add(Headers& headers, const std::string& line) {
  headers.reset(curl_slist_append(headers.release(), line.c_str()));
}

Headers MakeHeaders(const Step& step, const User& user) {
  Headers headers(nullptr, curl_slist_free_all);
  const bool typed = std::any_of(step.headers.begin(), step.headers.end(), [](const auto& line) {
    return line.starts_with("Content-Type:");
  });
  Add(headers, "Expect:");
  if (!typed) Add(headers, step.body.empty() ? "Content-Type:" : "Content-Type: application/json");
  if (!user.token.empty()) Add(headers, "Authorization: Bearer " + user.token);
  for (const std::string& line : step.headers) Add(headers, line);
  return headers;
}

Reply SendOnce(const ServerUnderTest& server, const Step& step) {
  const Handle curl(curl_easy_init(), curl_easy_cleanup);
  const User& user = server.users.at(step.user);
  const Headers headers = MakeHeaders(step, user);
  Receipt receipt;
  receipt.events_wanted = step.events;
  const auto set = [&](CURLoption option, const auto& value) {
    curl_easy_setopt(curl.get(), option, value);
  };
  set(CURLOPT_URL, (server.url + step.path).c_str());
  set(CURLOPT_CAINFO, server.ca_file.c_str());
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_CUSTOMREQUEST, step.method.c_str());
  set(CURLOPT_TIMEOUT, 20L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_WRITEDATA, &receipt);
  set(CURLOPT_WRITEFUNCTION, TakeBody);
  set(CURLOPT_HEADERDATA, &receipt);
  set(CURLOPT_HEADERFUNCTION, TakeHeader);
  if (!step.body.empty()) {
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(step.body.size()));
    set(CURLOPT_POSTFIELDS, step.body.c_str());
  }
  if (!user.certificate.empty()) {
    set(CURLOPT_SSLCERT, user.certificate.c_str());
    set(CURLOPT_SSLKEY, user.key.c_str());
  }
  const CURLcode done = curl_easy_perform(curl.get());
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &receipt.reply.code);
  if (done != CURLE_OK && receipt.reply.code == 0) receipt.reply.error = curl_easy_strerror(done);
  return receipt.reply;
}

}  // namespace

Reply Send(const ServerUnderTest& server, const Step& step) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (true) {
    Reply reply = SendOnce(server, step);
    const bool late = std::chrono::steady_clock::now() > deadline;
    if (step.until == 0 || reply.code == step.until || late) return reply;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace edge::oracle
