"""Links to servers on this machine, which the product refuses to follow."""

from library.storage.addresses import IpAddress, Rules


class LoopbackRules(Rules):
    """The product's rules, but for servers that listen on 127.0.0.1."""

    def allows_ip(self, address: IpAddress) -> bool:
        return str(address) == "127.0.0.1" or super().allows_ip(address)
