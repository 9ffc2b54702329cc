// Moves a transfer's bytes: storage -> encoding -> channel -> decoding -> storage (RFC 959 §3.3).
//
// Errors of all: data.aborted, data.stalled, data.reset (the peer broke the connection), data.truncated (it ended
// before the file did; TLS: without close_notify), data.watch (the system cannot wait for it), those of encoding and
// decoding, and those of storage.
#pragma once

#include <chrono>
#include <string>

#include "net/loop.hpp"
#include "storage/storage.hpp"
#include "transfer/decoding.hpp"
#include "transfer/encoding.hpp"
#include "transfer/progress.hpp"

namespace ferry::transfer {

// Bytes made as they are wanted: a listing.
class producer {
 public:
  virtual ~producer() = default;
  // Replaces `chunk` by the next bytes, about limit::transfer_buffer at most; false when there was nothing more.
  virtual net::task<result<bool>> next(std::string& chunk) = 0;
};

// Is told of restart markers as they come (RFC 959 §3.5).
class marker_listener {
 public:
  virtual ~marker_listener() = default;
  // `theirs`: the sender's marker; `written`: bytes of this transfer that are in the file before it.
  virtual net::task<> came(std::string theirs, std::uint64_t written) = 0;
};

struct pump {
  net::loop& on;
  net::stream& channel;
  progress& moved;
  std::chrono::seconds stalled;  // without one byte moving
  marker_listener* markers = nullptr;

  // In modes B and C, once a transfer is over: it has come to the end of a file, whole or not, and the channel may
  // serve the next.
  bool in_step = false;

  // The file from `offset` to the size it had when it was opened. Where the channel
  // has a send_descriptor(), nothing is copied (sendfile), neither as it is nor in blocks. A file that has become
  // shorter is an error: storage.changed.
  net::task<result<void>> send(storage::source& from, std::uint64_t offset, encoding how);
  net::task<result<void>> send(producer& from, encoding how);

  // What the peer sends, up to the end of the file. The sink is not committed here. What came before an error has been
  // written. `ahead`: what has been read of the channel before; afterwards, what has been read behind the end.
  net::task<result<void>> receive(storage::sink& into, decoding& how, std::string& ahead);
  // The same from a channel that serves this file only.
  net::task<result<void>> receive(storage::sink& into, decoding how);
  // What is left of a file that receive() did not bring to its end, or a whole one: to nowhere.
  net::task<result<void>> skip(decoding& how, std::string& ahead);

 private:
  net::task<result<void>> write_all(std::string_view bytes);
  net::task<result<void>> finish(const encoding& how);
  net::task<> hear_out();
  net::task<result<void>> send_copied(storage::source& from, std::uint64_t offset, encoding& how);
  template <class Sender>
  net::task<result<void>> send_directly(Sender by, storage::source& from, const encoding& how);
  net::task<result<void>> give_up(error why, encoding& how);
  net::task<result<void>> receive_stream(storage::sink& into, decoding& how);
  net::task<result<void>> receive_framed(storage::sink* into, decoding& how, std::string& ahead);
  net::task<result<void>> await_end(const std::string& behind);
  net::task<result<std::size_t>> read(std::span<char> into);
  net::task<result<bool>> splice(storage::sink& into);
};

}  // namespace ferry::transfer
