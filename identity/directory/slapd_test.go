package directory_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// slapd is a real directory, run by the test as an ordinary process over a folder of its own.
type slapd struct {
	plain, secure, socket string // URLs
	roots                 *x509.CertPool
	cmd                   *exec.Cmd
	start                 func()
}

// base is the suffix of the test's directory, laid out as YunoHost lays out its own.
const base = "dc=yunohost,dc=org"

// yunohost is the filter that docs/login.md gives.
const yunohost = "(&(objectClass=posixAccount)(uid=%s)(permission=cn=tablee.main,ou=permission,dc=yunohost,dc=org))"

const yunohostSchema = `
attributetype ( 1.3.6.1.4.1.17953.9.1.1 NAME 'permission' SUP distinguishedName )
objectclass ( 1.3.6.1.4.1.17953.9.2.2 NAME 'userPermissionYnh' SUP top AUXILIARY MAY ( permission ) )
`

const people = `
dn: dc=yunohost,dc=org
objectClass: top
objectClass: dcObject
objectClass: organization
o: yunohost.org
dc: yunohost

dn: ou=users,dc=yunohost,dc=org
objectClass: organizationalUnit
ou: users

dn: ou=groups,dc=yunohost,dc=org
objectClass: organizationalUnit
ou: groups

dn: uid=reader,dc=yunohost,dc=org
objectClass: account
objectClass: simpleSecurityObject
uid: reader
userPassword: reads only

dn: cn=admins,ou=groups,dc=yunohost,dc=org
objectClass: groupOfNames
cn: admins
member: uid=anne,ou=users,dc=yunohost,dc=org

dn: cn=posix,ou=groups,dc=yunohost,dc=org
objectClass: posixGroup
cn: posix
gidNumber: 5000
memberUid: lea

`

func person(uid, name, password string, permissions ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "dn: uid=%s,ou=users,%s\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\nobjectClass: userPermissionYnh\nuid: %s\ncn: %s\nsn: x\n"+
		"uidNumber: 1\ngidNumber: 1\nhomeDirectory: /\n", uid, base, uid, name)
	if password != "" {
		fmt.Fprintf(&b, "userPassword: %s\n", password)
	}
	for _, p := range permissions {
		fmt.Fprintf(&b, "permission: cn=%s,ou=permission,%s\n", p, base)
	}
	return b.String() + "\n"
}

// tool finds a program that Debian keeps where only root looks.
func tool(t testing.TB, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	path := "/usr/sbin/" + name
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not installed; `make tools` installs it", name)
	}
	return path
}

// newSlapd starts a directory. access is its rules.
func newSlapd(t testing.TB, access string) *slapd {
	t.Helper()
	binary := tool(t, "slapd")
	dir, err := os.MkdirTemp("", "slapd") // short, for the socket's sake
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &slapd{roots: certificate(t, at("cert.pem"), at("key.pem"))}
	write("yunohost.schema", yunohostSchema)
	var conf strings.Builder
	for _, schema := range []string{"core", "cosine", "inetorgperson", "nis"} {
		fmt.Fprintf(&conf, "include /etc/ldap/schema/%s.schema\n", schema)
	}
	if err := os.Mkdir(at("db"), 0o700); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&conf, "include %s\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\nTLSCertificateFile %s\nTLSCertificateKeyFile %s\n"+
		"database mdb\nmaxsize 16777216\nsuffix %s\nrootdn cn=root,%s\nrootpw rootofall\ndirectory %s\n%s\n",
		at("yunohost.schema"), at("cert.pem"), at("key.pem"), base, base, at("db"), access)
	write("slapd.conf", conf.String())
	write("people.ldif", people+person("anne", "Anne Martin", "le mot d'Anne", "tablee.main", "tablee.admin")+person("lea", "Léa", "le mot de Léa", "tablee.main")+
		person("mallory", "Mallory", "le mot de Mallory", "other.main")+person("ghost", "Ghost", "", "tablee.main"))
	load := exec.Command(tool(t, "slapadd"), "-f", at("slapd.conf"), "-l", at("people.ldif"))
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("slapadd: %v\n%s", err, out)
	}
	s.plain, s.secure, s.socket = "ldap://"+free(t), "ldaps://"+free(t), "ldapi://"+url.QueryEscape(at("ldapi"))
	s.start = func() {
		t.Helper()
		var told bytes.Buffer
		s.cmd = exec.Command(binary, "-d", "0", "-f", at("slapd.conf"), "-h", strings.Join([]string{s.plain, s.secure, s.socket}, " "))
		s.cmd.Stderr = &told
		if err := s.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for until := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) { // until it answers
			if c, err := ldap.DialURL(s.plain); err == nil {
				c.Close()
				return
			}
			if time.Now().After(until) {
				t.Fatalf("slapd does not answer: %s", &told)
			}
		}
	}
	s.start()
	t.Cleanup(s.stop)
	return s
}

// stop kills the directory.
func (s *slapd) stop() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// free is an address of this machine that nobody listens on.
func free(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// certificate writes a certificate for 127.0.0.1 that only its own pool trusts.
func certificate(t testing.TB, certFile, keyFile string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

// change changes one entry, as the directory's own admin does.
func (s *slapd) change(t testing.TB, do func(*ldap.Conn) error) {
	t.Helper()
	c, err := ldap.DialURL(s.plain)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Bind("cn=root,"+base, "rootofall"); err != nil {
		t.Fatal(err)
	}
	if err := do(c); err != nil {
		t.Fatal(err)
	}
}
