// SPDX-License-Identifier: Apache-2.0
#include "dataplane/eal.hpp"

#include "dataplane/hugepages.hpp"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

namespace dataplane {
namespace {

using flowtable::Error;
using flowtable::Failure;

std::vector<unsigned> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<unsigned> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

// The main thread and all that it starts keep away from poll cores, where there is another CPU.
std::vector<unsigned> main_cpus_of(const EalOptions& options) {
  if (!options.main_cpus.empty()) return options.main_cpus;
  const std::vector<unsigned> usable = usable_cpus();
  std::vector<unsigned> others;
  std::ranges::copy_if(usable, std::back_inserter(others), [&](unsigned cpu) {
    return std::ranges::find(options.cores, cpu) == options.cores.end();
  });
  return others.empty() ? usable : others;
}

std::string joined(const std::vector<unsigned>& cpus) {
  std::string out;
  for (const unsigned cpu : cpus)
    out += (out.empty() ? "" : ",") + std::to_string(cpu);
  return out;
}

flowtable::OrError<void> check_cpus(const char* setting, const std::vector<unsigned>& wanted) {
  const std::vector<unsigned> usable = usable_cpus();
  for (const unsigned cpu : wanted) {
    if (std::ranges::find(usable, cpu) != usable.end()) continue;
    return Failure{Error{std::string(setting) + ": CPU " + std::to_string(cpu) +
                         " is not ours to use: choose from " + joined(usable)}};
  }
  return {};
}

}  // namespace

// DPDK writes its log to a FILE. This one splits what comes into lines and hands them on. stdio
// locks the stream, so write() runs on one thread at a time.
class Eal::Log {
 public:
  explicit Log(std::function<void(std::string_view)> sink) : sink_(std::move(sink)) {
    cookie_io_functions_t functions{};
    functions.write = &Log::write;
    stream_ = fopencookie(this, "w", functions);
    if (stream_ == nullptr) return;
    std::setvbuf(stream_, nullptr, _IOLBF, BUFSIZ);
    rte_openlog_stream(stream_);
  }
  ~Log() {
    rte_openlog_stream(nullptr);
    if (stream_ != nullptr) std::fclose(stream_);
  }
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

 private:
  static ssize_t write(void* self, const char* text, size_t length) {
    static_cast<Log*>(self)->take({text, length});
    return static_cast<ssize_t>(length);
  }

  void take(std::string_view text) {
    for (const char c : text) {
      if (c != '\n') {
        line_ += c;
        continue;
      }
      if (sink_ && !line_.empty()) sink_(line_);
      line_.clear();
    }
  }

  std::function<void(std::string_view)> sink_;
  std::FILE* stream_ = nullptr;
  std::string line_;
};

Eal::Eal(const EalOptions& options) : num_poll_cores_(options.cores.size()) {}

Eal::~Eal() {
  if (!initialised_) return;
  const std::string folder = rte_eal_get_runtime_dir();
  rte_eal_cleanup();
  // Left empty by --no-shconf; without this each file prefix would leave a directory behind.
  rmdir(folder.c_str());
}

flowtable::OrError<std::unique_ptr<Eal>> Eal::start(const EalOptions& options) {
  if (options.cores.empty() || options.cores.size() >= RTE_MAX_LCORE) {
    return Failure{Error{"cores: " + std::to_string(options.cores.size()) +
                         " poll cores: give between 1 and " + std::to_string(RTE_MAX_LCORE - 1)}};
  }
  if (auto checked = check_cpus("cores", options.cores); !checked) return Failure{checked.error()};
  if (auto checked = check_cpus("main_cpus", options.main_cpus); !checked) {
    return Failure{checked.error()};
  }
  std::unique_ptr<Eal> eal(new Eal(options));
  if (auto chosen = eal->choose_memory(options); !chosen) return Failure{chosen.error()};
  if (auto started = eal->initialise(options); !started) return Failure{started.error()};
  return eal;
}

flowtable::OrError<void> Eal::choose_memory(const EalOptions& options) {
  if (options.hugepages == Hugepages::no) return {};
  const HugepageCount count = count_hugepages();
  const bool enough = count.free_mb >= options.memory_mb;
  uses_hugepages_ = enough && can_map_hugepage(count);
  if (uses_hugepages_) return {};
  const std::string found = enough ? "hugepages: this process may not use them"
                                   : "hugepages: " + std::to_string(count.free_mb) + " MB free, " +
                                         std::to_string(options.memory_mb) + " MB wanted";
  const std::string mend =
      enough
          ? "raise the limit of its container or cgroup (hugetlb)"
          : "sysctl vm.nr_hugepages=" +
                std::to_string(hugepages_to_reserve(count, options.memory_mb)) + " reserves them";
  if (options.hugepages == Hugepages::yes) {
    return Failure{Error{found + ": " + mend + ", or set hugepages: auto"}};
  }
  notice_ = found + ": using ordinary memory, which is slower; " + mend;
  return {};
}

std::vector<std::string> Eal::arguments(const EalOptions& options) const {
  std::vector<std::string> out{"tapseal", "--no-telemetry", "--log-level=" + options.log_level,
                               "--file-prefix=" + options.file_prefix};
  if (uses_hugepages_) {
    out.emplace_back("--in-memory");
  } else {
    // EAL refuses --in-memory together with --no-huge. This is what it would imply: no files, no
    // secondary processes. Memory cannot grow later, so all of it is named now; pages that are
    // never touched cost nothing.
    out.insert(out.end(), {"--no-huge", "--no-shconf", "-m", std::to_string(options.memory_mb)});
  }
  if (options.pci_allow.empty()) out.emplace_back("--no-pci");
  for (const std::string& device : options.pci_allow)
    out.insert(out.end(), {"-a", device});
  std::string lcores = "0@(" + joined(main_cpus_of(options)) + ")";
  for (size_t i = 0; i < options.cores.size(); ++i)
    lcores += "," + std::to_string(lcore_of(i)) + "@" + std::to_string(options.cores[i]);
  out.insert(out.end(), {"--lcores", lcores, "--main-lcore", "0"});
  return out;
}

flowtable::OrError<void> Eal::initialise(const EalOptions& options) {
  log_ = std::make_unique<Log>(options.log);
  arguments_ = arguments(options);
  std::vector<char*> argv;
  for (std::string& argument : arguments_)
    argv.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    const std::string reason = rte_strerror(rte_errno);
    return Failure{Error{"DPDK does not start: " + reason + ": see the lines before this one"}};
  }
  initialised_ = true;
  return {};
}

}  // namespace dataplane
