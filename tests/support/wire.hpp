// A blocking FTP client for tests: it sends whatever bytes it is given, and accepts only replies in the form of
// RFC 959 §4.2. What does not come within `patience` is an exception, and so is whatever else goes wrong.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ferry::support {

inline constexpr std::chrono::seconds patience{30};

class wire_error : public std::runtime_error {
  using runtime_error::runtime_error;
};
class wire_reset : public wire_error {  // the peer broke the connection
  using wire_error::wire_error;
};

// One TCP connection over IPv4.
class wire_socket {
 public:
  explicit wire_socket(int fd) : fd_(fd) {}
  wire_socket(wire_socket&& other) noexcept;
  wire_socket& operator=(wire_socket&& other) noexcept;
  ~wire_socket();

  // `from` and `to` are addresses of this machine.
  static wire_socket dial(std::uint16_t port, const std::string& from = "127.0.0.1",
                          const std::string& to = "127.0.0.1");

  void send(std::string_view bytes);
  std::size_t send_some(std::string_view bytes);  // what the system takes at once
  void send_urgent(char byte);                    // as TCP urgent data
  bool receive_some(std::string& into);           // appends; false at the end
  std::string receive(std::size_t count);
  std::string receive_all();  // up to the end
  bool ended();               // FIN or RST has come, or comes soon; what came before it is dropped
  bool readable(std::chrono::milliseconds within);
  void finish();        // FIN: no more will be sent
  void reset();         // RST
  void small_window();  // takes few bytes ahead of receive: a sender has to wait

  std::uint16_t port() const;  // of this end

 private:
  int fd_ = -1;
};

// Where a server connects to in active mode.
class wire_listener {
 public:
  explicit wire_listener(std::uint16_t port = 0, int backlog = 8);  // 0: any
  wire_listener(const wire_listener&) = delete;
  ~wire_listener();
  wire_socket accept();
  std::uint16_t port() const;
  std::string host_port() const;      // as PORT takes it
  std::string extended_port() const;  // as EPRT takes it

 private:
  int fd_;
};

struct wire_reply {
  int code = 0;
  std::vector<std::string> lines;  // without the code where it stands
  std::string text() const;        // with LF between the lines
  std::uint16_t port() const;      // of a 227 or 229
};

// Sees all that passes.
class wire_observer {
 public:
  virtual ~wire_observer() = default;
  virtual void sent(std::string_view bytes) = 0;
  virtual void received(const wire_reply& what) = 0;
};

class wire {
 public:
  explicit wire(wire_socket control, wire_observer* observer = nullptr)
      : control_(std::move(control)), observer_(observer) {}

  void send(std::string_view bytes);
  void send_line(std::string_view line);  // with its CRLF
  wire_reply read();
  wire_reply ask(std::string_view line);           // send_line, read
  bool silent(std::chrono::milliseconds so_long);  // no reply came
  bool ended();                                    // as wire_socket::ended; an unread reply is an exception

  // The data connection of the next transfer.
  wire_socket passive();                   // EPSV
  void active(const wire_listener& here);  // PORT

  wire_socket& control() { return control_; }

 private:
  std::string line();

  wire_socket control_;
  wire_observer* observer_;
  std::string buffer_;
};

}  // namespace ferry::support
