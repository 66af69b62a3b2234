"""Allows links to servers on this machine, which the product refuses."""

from library.storage.addresses import IpAddress, Rules


class LoopbackRules(Rules):
    """The product's rules, except that 127.0.0.1 is allowed."""

    def allows_ip(self, address: IpAddress) -> bool:
        return str(address) == "127.0.0.1" or super().allows_ip(address)
