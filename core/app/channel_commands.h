// `switchyard channel ...`. They work on the database; a running gateway sees the change by itself.
#pragma once

namespace switchyard::app
{

struct Invocation;

int channelAdd(Invocation& invocation);
int channelList(Invocation& invocation);
int channelTest(Invocation& invocation);
int channelRemove(Invocation& invocation);

} // namespace switchyard::app
