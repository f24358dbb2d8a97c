// SPDX-License-Identifier: Apache-2.0
#include "control/daemon/tap.hpp"

#include "control/daemon/engine_options.hpp"
#include "control/daemon/kernel_addresses.hpp"
#include "control/daemon/log.hpp"
#include "control/scan/scan_site.hpp"

#include <algorithm>

namespace control {
namespace {

using dataplane::Port;
using flowtable::Error;
using flowtable::Failure;
using flowtable::OrError;

OrError<std::vector<dataplane::PortSpec>> port_specs(const Settings& settings) {
  std::vector<std::string> devices;
  for (const PortSettings& port : settings.ports)
    devices.push_back(port.device);
  return dataplane::parse_port_specs(devices);
}

std::string_view steering_text(dataplane::Steering steering) noexcept {
  switch (steering) {
    case dataplane::Steering::single:
      return "one core";
    case dataplane::Steering::hardware:
      return "steering by the devices";
    case dataplane::Steering::software:
      return "steering by the cores";
  }
  return "";
}

}  // namespace

OrError<void> Tap::check_ports(const Settings& settings) {
  auto specs = port_specs(settings);
  return specs ? OrError<void>() : OrError<void>(Failure{specs.error()});
}

OrError<std::unique_ptr<Tap>> Tap::open(const Settings& settings, tls::RecordSink& sink) {
  std::unique_ptr<Tap> tap(new Tap);
  auto specs = port_specs(settings);
  if (!specs) return Failure{specs.error()};
  tap->specs_ = std::move(specs).value();

  auto eal = dataplane::Eal::start(eal_options(settings, tap->specs_));
  if (!eal) return Failure{eal.error()};
  tap->eal_ = std::move(eal).value();
  if (!tap->eal_->notice().empty()) log_line("dataplane", tap->eal_->notice());

  if (OrError<void> ports = tap->open_ports(settings); !ports) return Failure{ports.error()};
  auto dialogues = tls::DialogueMatcher::make();
  if (!dialogues) return Failure{dialogues.error()};
  tap->dialogues_ = std::move(dialogues).value();
  tap->dialogues_->compile();
  tap->make_cores(settings, sink);
  return tap;
}

OrError<void> Tap::open_ports(const Settings& settings) {
  dataplane::PortOptions options;
  options.cores = static_cast<uint16_t>(settings.dataplane.cores.size());
  options.hardware_steering = settings.dataplane.steering != control::Steering::software;
  const auto scanning = std::ranges::find(settings.ports, settings.scan.port, &PortSettings::name);
  if (scanning != settings.ports.end()) {
    site_ = std::make_unique<dataplane::ScanSite>(scan_site_of(settings.scan));
    if (OrError<void> own = check_own_addresses(*site_); !own) return own;
    options.transmit_port = static_cast<size_t>(scanning - settings.ports.begin());
  }
  auto opened = dataplane::open_ports(specs_, options);
  if (!opened) return Failure{opened.error()};
  ports_ = std::move(opened.value().ports);
  plan_ = opened.value().plan;
  joined_pool_ = std::move(opened.value().joined_pool);
  for (size_t i = 0; i < ports_.size(); ++i) {
    named_ports_.push_back({settings.ports[i].name, settings.ports[i].device, ports_[i].get()});
  }
  if (site_ == nullptr) return {};
  scan_port_ = ports_[options.transmit_port].get();
  site_->mac = scan_port_->mac();
  if (scan_port_->num_tx_queues() == 0) {
    return Failure{Error{"scan.port: " + settings.scan.port + " (" + scan_port_->driver() +
                         ") cannot send; name another port"}};
  }
  return {};
}

void Tap::make_cores(const Settings& settings, tls::RecordSink& sink) {
  dataplane::PollCoresOptions options = poll_cores_options(settings);
  options.rss = plan_;
  if (joined_pool_ != nullptr) options.joined_pool = joined_pool_->get();
  if (site_ != nullptr) {
    options.scan = {.site = site_.get(),
                    .port = scan_port_->id(),
                    .tx_queues = scan_port_->num_tx_queues(),
                    .tx_pool = scan_port_->tx_pool()};
  }
  cores_ = std::make_unique<dataplane::PollCores>(*eal_, options);
  pattern_ = plan_pattern(settings, specs_);
  std::vector<flowtable::CaptureExchange*> exchanges;
  for (uint16_t i = 0; i < cores_->size(); ++i)
    exchanges.push_back(&cores_->core(i).exchange);
  tls::PipelineOptions pipeline = pipeline_options(settings.pipeline, cores_->size());
  pipeline.dialogues = dialogues_.get();
  num_workers_ = pipeline.workers;
  pipeline_ = std::make_unique<tls::Pipeline>(pipeline, exchanges, sink);
}

std::vector<dataplane::ScanLane::Own*> Tap::scan_lanes() {
  std::vector<dataplane::ScanLane::Own*> out;
  for (uint16_t i = 0; i < cores_->size(); ++i) {
    dataplane::ScanLane* const lane = cores_->core(i).scan.get();
    if (lane != nullptr && lane->own() != nullptr) out.push_back(lane->own());
  }
  return out;
}

OrError<void> Tap::start() {
  cores_->plan_ports(ports_, pattern_);
  pipeline_thread_ = std::thread([this] { pipeline_->run(); });
  started_ = true;
  for (const auto& port : ports_) {
    if (OrError<void> done = port->start(); !done) return done;
  }
  cores_->launch();
  log_line("dataplane", std::to_string(ports_.size()) + " ports, " +
                            std::to_string(cores_->size()) + " poll cores, " +
                            std::string(steering_text(plan_.steering)) +
                            (eal_->uses_hugepages() ? ", hugepages" : ", ordinary memory"));
  return {};
}

void Tap::drain() {
  if (!started_) return;
  started_ = false;
  cores_->stop();
  pipeline_->request_stop();
  pipeline_thread_.join();
}

Tap::~Tap() {
  drain();
  pipeline_.reset();
  cores_.reset();
}

}  // namespace control
