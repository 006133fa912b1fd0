"""The one group that lets this program's user open printers and scanners."""

JOIN_GROUP = "Let its user into the group tillhouse (the rules in packaging/udev give it the ports)"
