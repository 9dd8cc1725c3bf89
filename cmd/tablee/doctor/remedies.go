package doctor

import "fmt"

// What to do about it, with the menus of the boxes that people have at home. Menus move between versions; the words to
// look for do not.

// forwarding says where a box forwards ports.
func forwarding(ports string) string {
	return fmt.Sprintf(`In the router, forward %s to this machine, and give this machine a fixed address there (DHCP, "bail statique").
Freebox: mafreebox.freebox.fr, Paramètres de la Freebox, Mode avancé, Gestion des ports. With a shared address, ask for "Adresse IP fixe V4 full-stack" in the subscriber's area first.
Livebox: livebox.home or 192.168.1.1, Réseau avancé, NAT/PAT.
SFR Box: 192.168.1.1, Réseau v4, NAT, Translation de ports.
Bbox: mabbox.bytel.fr, Services de la box, Redirection de ports (NAT & PAT).
OVH: the modem's page, Network Setting, NAT, Port Forwarding.
FRITZ!Box: fritz.box, Internet, Permit Access, Port Sharing.
b-box, Internet-Box and others: look for "port forwarding", "NAT", "virtual server".
Or let Tablée ask the router itself: network.map_ports = "on" (UPnP must be allowed in the router).`, ports)
}

// noHairpin says what to do when the router does not lead its own public address back inside.
func noHairpin() string {
	return `From outside all may be well; only devices in the house do not reach the page by its public name. Any one of these helps:
1. IPv6: if the box and this machine have it, add an AAAA record for the name; nothing else is needed.
2. Let the house's name server answer with this machine's inside address: network.dns = ":53" here, and this machine as DNS server in the box's DHCP settings (Freebox: Paramètres, DHCP, Serveur DNS 1; Bbox, SFR and FRITZ!Box: DHCP; a Livebox does not offer it).
3. A second name such as lan.<domain> that leads to this machine's inside address: network.names, and /trust on each device.
4. A .local name: network.mdns = "tablee", and /trust on each device.
Boxes of Free, Bouygues and OVH lead back inside, Orange's since Livebox 4, SFR's in part; several Belgian and Swiss ones do not. A FRITZ!Box does, but hides inside addresses in DNS: Home Network, Network, Network Settings, DNS rebind protection, add the name.`
}

// sharedAddress says what to do when the provider shares a public address among customers.
func sharedAddress() string {
	return `Nobody can reach this machine by IPv4 then, whatever is forwarded. Ask the provider for a public address of your own (Free: "Adresse IP fixe V4 full-stack" in the subscriber's area; Orange, SFR, Bouygues: by the hotline, "IPv4 dédiée" or "rollback IPv4"), or use IPv6, which is never shared. If there is a second router before this one, forward the ports in both, or put the first into bridge mode.`
}

// insideName says where a name of the house must lead.
func insideName() string {
	return `Give it an A record to this machine's inside address, at the provider of the name or in the box; a FRITZ!Box must be told to let such answers through (DNS rebind protection). Or let the house's name server answer: network.dns.`
}
