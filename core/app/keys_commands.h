// switchyard keys status | encrypt | decrypt | rotate
#pragma once

namespace switchyard::app
{

struct Invocation;

int keysStatus(Invocation& invocation);
int keysEncrypt(Invocation& invocation);
int keysDecrypt(Invocation& invocation);
int keysRotate(Invocation& invocation);

} // namespace switchyard::app
