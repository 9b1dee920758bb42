# Signing in on another device.

link-title = Connect a device
link-text = Enter the code that your device shows.
link-hint = Six letters and digits.

device-title = Connect this device?
device-code = Code on the device
device-ip = Asked from the address
device-agent = Asked by
device-warning = Did somebody send you here or give you a code? Then refuse: they would get into your account.
device-reject = Refuse
device-granted-title = Device connected
device-granted-text = { $client } can use your account now. Go back to your device; you can close this page.
device-rejected-title = Device refused
device-rejected-text = { $client } was not given access. You can close this page.
device-expired-title = This code has expired
device-expired-text = { $client } waited too long. Start again on your device to get a new code.
