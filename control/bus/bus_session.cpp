// SPDX-License-Identifier: Apache-2.0
#include "control/bus/bus_session.hpp"

#include <nats/nats.h>

#include <array>
#include <utility>
#include <vector>

namespace control {
namespace {

using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;
using std::chrono::milliseconds;

constexpr const char* kStream = "TAPSEAL";
constexpr const char* kSubjects = "tapseal.records.*";
// How long a server may take to answer, and how long a writer may take to store before another one
// is asked.
constexpr int64_t kAnswerMs = 5000;
constexpr int64_t kAckWaitNs = 10'000'000'000;

// Frees what the library hands out by its own function.
template <auto kFree>
struct FreeBy {
  template <typename T>
  void operator()(T* thing) const noexcept {
    kFree(thing);
  }
};
template <typename T, auto kFree>
using Owned = std::unique_ptr<T, FreeBy<kFree>>;

Failure<Error> failed(std::string_view what, natsStatus status) {
  return Failure{Error{"bus: " + std::string(what) + ": " + natsStatus_GetText(status)}};
}

std::string record_subject(uint32_t partition) {
  return "tapseal.records." + std::to_string(partition);
}

// A sensor's name may hold what a subject may not.
std::string notice_subject(std::string_view sensor) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "tapseal.stored.";
  for (const char c : sensor.substr(0, 120)) {
    out += kDigits[static_cast<uint8_t>(c) >> 4];
    out += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return out;
}

natsStatus apply(natsOptions* options, const BusAddress& address) {
  std::vector<std::string> urls;
  for (size_t begin = 0; begin <= address.url.size();) {
    const size_t comma = std::min(address.url.find(',', begin), address.url.size());
    if (comma > begin) urls.push_back(address.url.substr(begin, comma - begin));
    begin = comma + 1;
  }
  std::vector<const char*> pointers;
  pointers.reserve(urls.size());
  for (const std::string& url : urls)
    pointers.push_back(url.c_str());
  natsStatus status =
      natsOptions_SetServers(options, pointers.data(), static_cast<int>(pointers.size()));
  if (status == NATS_OK) status = natsOptions_SetMaxReconnect(options, -1);
  if (status == NATS_OK) status = natsOptions_SetReconnectWait(options, 200);
  if (status == NATS_OK) status = natsOptions_SetTimeout(options, kAnswerMs);
  // What waits for a server that is gone must not be sent after we gave it up.
  if (status == NATS_OK) status = natsOptions_SetReconnectBufSize(options, 1);
  if (status == NATS_OK) status = natsOptions_SetName(options, "tapseal");
  if (status == NATS_OK && address.url.starts_with("tls://")) {
    status = natsOptions_SetSecure(options, true);
  }
  if (status == NATS_OK && !address.ca.empty()) {
    status = natsOptions_LoadCATrustedCertificates(options, address.ca.c_str());
  }
  if (status == NATS_OK && !address.credentials.empty()) {
    status = natsOptions_SetUserCredentialsFromFiles(options, address.credentials.c_str(), nullptr);
  }
  return status;
}

// Full is an answer: the sensors' spools take what the stream does not.
natsStatus make_stream(jsCtx* js, const BusAddress& address) {
  jsStreamInfo* info = nullptr;
  jsErrCode code{};
  natsStatus status = js_GetStreamInfo(&info, js, kStream, nullptr, &code);
  jsStreamInfo_Destroy(info);
  if (status != NATS_NOT_FOUND) return status;
  jsStreamConfig config;
  jsStreamConfig_Init(&config);
  std::array<const char*, 1> subjects = {kSubjects};
  config.Name = kStream;
  config.Subjects = subjects.data();
  config.SubjectsLen = 1;
  config.Retention = js_WorkQueuePolicy;
  config.Discard = js_DiscardNew;
  config.Storage = js_FileStorage;
  config.MaxBytes = static_cast<int64_t>(address.stream_bytes_max);
  config.Replicas = address.replicas;
  info = nullptr;
  status = js_AddStream(&info, js, &config, nullptr, &code);
  jsStreamInfo_Destroy(info);
  // Another one was quicker.
  return code == JSStreamNameExistErr ? NATS_OK : status;
}

natsStatus make_consumer(jsCtx* js, const std::string& subject, const std::string& durable) {
  jsConsumerConfig config;
  jsConsumerConfig_Init(&config);
  config.Durable = durable.c_str();
  config.AckPolicy = js_AckExplicit;
  config.AckWait = kAckWaitNs;
  config.MaxDeliver = -1;
  config.MaxAckPending = 1;
  config.FilterSubject = subject.c_str();
  jsConsumerInfo* info = nullptr;
  jsErrCode code{};
  const natsStatus status = js_AddConsumer(&info, js, kStream, &config, nullptr, &code);
  jsConsumerInfo_Destroy(info);
  return status;
}

}  // namespace

struct BusSession::Parts {
  Owned<natsConnection, natsConnection_Destroy> connection;
  Owned<jsCtx, jsCtx_Destroy> js;
  Owned<natsSubscription, natsSubscription_Destroy> notices;
  std::array<Owned<natsSubscription, natsSubscription_Destroy>, kBusPartitions> records;
};

void BusDelivery::Free::operator()(natsMsg* message) const noexcept {
  natsMsg_Destroy(message);
}
std::string_view BusDelivery::bytes() const noexcept {
  return {natsMsg_GetData(message_.get()),
          static_cast<size_t>(natsMsg_GetDataLength(message_.get()))};
}
void BusDelivery::acknowledge() noexcept {
  // Lost, it comes again, and is found stored.
  (void)natsMsg_Ack(message_.get(), nullptr);
}
void BusDelivery::still_working() noexcept {
  (void)natsMsg_InProgress(message_.get(), nullptr);
}

BusSession::BusSession(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
BusSession::~BusSession() = default;

OrError<std::unique_ptr<BusSession>> BusSession::open(const BusAddress& address) {
  auto parts = std::make_unique<Parts>();
  natsOptions* made = nullptr;
  natsStatus status = natsOptions_Create(&made);
  const Owned<natsOptions, natsOptions_Destroy> options(made);
  if (status == NATS_OK) status = apply(options.get(), address);
  if (status != NATS_OK) return failed("options", status);
  natsConnection* connection = nullptr;
  status = natsConnection_Connect(&connection, options.get());
  parts->connection.reset(connection);
  if (status != NATS_OK) return failed("connect", status);
  jsCtx* js = nullptr;
  jsOptions js_options;
  jsOptions_Init(&js_options);
  js_options.Wait = kAnswerMs;
  status = natsConnection_JetStream(&js, connection, &js_options);
  parts->js.reset(js);
  if (status == NATS_OK) status = make_stream(js, address);
  if (status != NATS_OK) return failed("stream TAPSEAL", status);
  return std::unique_ptr<BusSession>(new BusSession(std::move(parts)));
}

size_t BusSession::bytes_max() const noexcept {
  return static_cast<size_t>(natsConnection_GetMaxPayload(parts_->connection.get()));
}

OrError<void> BusSession::publish(uint32_t partition, std::string_view bytes) {
  jsPubAck* ack = nullptr;
  jsErrCode code{};
  const natsStatus status =
      js_Publish(&ack, parts_->js.get(), record_subject(partition).c_str(), bytes.data(),
                 static_cast<int>(bytes.size()), nullptr, &code);
  jsPubAck_Destroy(ack);
  if (status != NATS_OK) return failed("publish", status);
  return {};
}

OrError<void> BusSession::listen(std::string_view sensor) {
  natsSubscription* made = nullptr;
  const natsStatus status =
      natsConnection_SubscribeSync(&made, parts_->connection.get(), notice_subject(sensor).c_str());
  parts_->notices.reset(made);
  if (status != NATS_OK) return failed("subscribe", status);
  return {};
}

std::optional<std::string> BusSession::next_notice(milliseconds limit) {
  natsMsg* message = nullptr;
  if (natsSubscription_NextMsg(&message, parts_->notices.get(), limit.count()) != NATS_OK) {
    return std::nullopt;
  }
  const Owned<natsMsg, natsMsg_Destroy> owned(message);
  return std::string(natsMsg_GetData(message), static_cast<size_t>(natsMsg_GetDataLength(message)));
}

void BusSession::notify(std::string_view sensor, std::string_view bytes) {
  // Lost, the sensor sends its records again, and is told then.
  (void)natsConnection_Publish(parts_->connection.get(), notice_subject(sensor).c_str(),
                               bytes.data(), static_cast<int>(bytes.size()));
}

OrError<std::optional<BusDelivery>> BusSession::take(uint32_t partition, milliseconds limit) {
  auto& subscription = parts_->records[partition];
  if (!subscription) {
    const std::string subject = record_subject(partition);
    const std::string durable = "writers_" + std::to_string(partition);
    natsStatus status = make_consumer(parts_->js.get(), subject, durable);
    natsSubscription* made = nullptr;
    jsErrCode code{};
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = kStream;
    if (status == NATS_OK) {
      status = js_PullSubscribe(&made, parts_->js.get(), subject.c_str(), durable.c_str(), nullptr,
                                &options, &code);
    }
    subscription.reset(made);
    if (status != NATS_OK) return failed("consumer", status);
  }
  natsMsgList list{};
  jsErrCode code{};
  const natsStatus status =
      natsSubscription_Fetch(&list, subscription.get(), 1, limit.count(), &code);
  if (status == NATS_TIMEOUT) return std::optional<BusDelivery>{};
  if (status != NATS_OK) {
    subscription.reset();
    return failed("fetch", status);
  }
  BusDelivery delivery(std::exchange(list.Msgs[0], nullptr));
  natsMsgList_Destroy(&list);
  return std::optional<BusDelivery>(std::move(delivery));
}

}  // namespace control
