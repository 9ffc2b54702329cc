// One FTP session of the load generator: blocking, and as cheap as it can be, so that the machine is left to the
// server. Downloads are dropped inside the kernel, uploads come from memory by sendfile. What goes wrong is thrown as
// `failure`.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace load {

struct target {
  std::string host;
  std::uint16_t port = 21;
  std::string user, password;
  int timeout = 120;  // seconds, of every wait
  bool pasv = false;  // PASV instead of EPSV
  SSL_CTX* tls = nullptr;
};

struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Bytes that stand in memory, to be sent again and again: the source of large uploads.
class upload_source {
 public:
  explicit upload_source(std::size_t size);
  ~upload_source();
  upload_source(const upload_source&) = delete;
  upload_source& operator=(const upload_source&) = delete;
  void send(int socket, std::int64_t count) const;

 private:
  int file_;
  std::int64_t size_;
};

class ftp_session {
 public:
  explicit ftp_session(const target& where) : where_(where) {}
  ~ftp_session() { close(); }
  ftp_session(const ftp_session&) = delete;
  ftp_session& operator=(const ftp_session&) = delete;

  void login();
  bool open() const { return socket_ >= 0; }
  void close();

  // The code of the reply; expect() throws when it is another one.
  int command(const std::string& line);
  void expect(int code, const std::string& line);
  void send(const std::string& bytes);

  // RETR or a listing. The bytes that came, as they were on the wire; `first_byte` is the seconds to the first of them.
  // Under TLS `size` must be the size of the file: the ciphertext is dropped unread, so nothing else tells the end.
  std::int64_t fetch(const std::string& line, std::int64_t size = 0, double* first_byte = nullptr);
  void store(const std::string& path, std::int64_t size, const upload_source& from);

 private:
  int reply();
  std::string line();
  int open_data();
  SSL* secure(int socket);
  std::int64_t drop_ciphertext(int socket, std::int64_t size);
  [[noreturn]] void complain(const std::string& what) const;

  const target& where_;
  int socket_ = -1;
  SSL* tls_ = nullptr;
  std::string unread_;
  std::string said_;  // the last line of the last reply
};

double now();  // seconds

}  // namespace load
