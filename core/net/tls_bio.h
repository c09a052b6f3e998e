// The way between OpenSSL and a Stream's descriptor. Private to this folder.
#pragma once

struct bio_st;

namespace switchyard::net
{

class Stream;

struct StreamBio
{
    /// A BIO that reads and writes `stream`'s descriptor as Stream does for plain bytes: what is known about readiness
    /// saves system calls, and a closed peer raises no SIGPIPE. Null when memory is out.
    static bio_st* make(Stream& stream);

private:
    static int read(bio_st* bio, char* into, int room);
    static int write(bio_st* bio, const char* bytes, int length);
};

} // namespace switchyard::net
