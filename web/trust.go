package web

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// trustText explains, for each system, how a device comes to trust the internal authority. It uses nothing of the built
// page, because it is read over http://, before anything else works.
const trustText = `<!doctype html>
<html lang="fr">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Faire confiance à cette Tablée · Trust this Tablée</title>
<p><a href="#en">English</a></p>
<h1>Faire confiance à cette Tablée</h1>
<p>Cette Tablée se trouve sur votre réseau local. Aucune autorité publique ne peut certifier une telle adresse ; la Tablée a donc sa propre autorité. Une fois par appareil, apprenez-lui à l’appareil : ensuite, plus aucun avertissement, et la caméra et le micro fonctionnent.</p>
<p>Cette autorité ne peut certifier que des noms et des adresses de réseaux locaux. Personne ne peut s’en servir pour se faire passer pour votre banque.</p>
<p><a href="/trust/tablee-ca.crt" download>Télécharger le certificat (tablee-ca.crt)</a></p>
<p>Comparez cette empreinte avec celle que « tablee doctor » affiche sur le serveur : <code>{{fingerprint}}</code></p>
<h2>Windows</h2>
<p>Ouvrez le fichier, « Installer un certificat… », « Ordinateur local », « Placer tous les certificats dans le magasin suivant », « Autorités de certification racines de confiance ». Redémarrez le navigateur.</p>
<h2>macOS</h2>
<p>Ouvrez le fichier : il va dans « Trousseaux d’accès ». Double-cliquez dessus, « Se fier », « Toujours approuver ».</p>
<h2>iPhone, iPad</h2>
<p>Téléchargez avec Safari et autorisez. Réglages, « Profil téléchargé », « Installer ». Puis Réglages, Général, Informations, « Réglages de confiance des certificats » : activez « Tablée ».</p>
<h2>Android</h2>
<p>Paramètres, Sécurité, « Chiffrement et identifiants », « Installer un certificat », « Certificat CA », et choisissez le fichier. Le chemin varie un peu d’un appareil à l’autre : cherchez « certificat » dans les paramètres.</p>
<h2>Linux</h2>
<p>Chrome, Chromium : Paramètres, Confidentialité et sécurité, Sécurité, « Gérer les certificats », Autorités, « Importer ». Tout le système (Debian, Ubuntu) : <code>sudo cp tablee-ca.crt /usr/local/share/ca-certificates/ &amp;&amp; sudo update-ca-certificates</code></p>
<h2>Firefox, partout</h2>
<p>Paramètres, Vie privée et sécurité, Certificats, « Afficher les certificats », Autorités, « Importer », cochez « Confirmer cette AC pour identifier des sites web ».</p>
<p>Ensuite : <a href="/">ouvrir Tablée</a></p>
<hr>
<div lang="en" id="en">
<h1>Trust this Tablée</h1>
<p>This Tablée is on your local network. No public authority can vouch for such an address, so the Tablée has an authority of its own. Teach each device once to trust it: after that there are no more warnings, and camera and microphone work.</p>
<p>This authority can vouch for names and addresses of local networks only. Nobody can use it to impersonate your bank.</p>
<p><a href="/trust/tablee-ca.crt" download>Download the certificate (tablee-ca.crt)</a></p>
<p>Compare this fingerprint with the one that “tablee doctor” shows on the server: <code>{{fingerprint}}</code></p>
<h2>Windows</h2>
<p>Open the file, “Install Certificate…”, “Local Machine”, “Place all certificates in the following store”, “Trusted Root Certification Authorities”. Restart the browser.</p>
<h2>macOS</h2>
<p>Open the file: it goes into Keychain Access. Double-click it, “Trust”, “Always Trust”.</p>
<h2>iPhone, iPad</h2>
<p>Download it with Safari and allow it. Settings, “Profile Downloaded”, “Install”. Then Settings, General, About, “Certificate Trust Settings”: switch “Tablée” on.</p>
<h2>Android</h2>
<p>Settings, Security, “Encryption &amp; credentials”, “Install a certificate”, “CA certificate”, and choose the file. The way differs a little between devices: search the settings for “certificate”.</p>
<h2>Linux</h2>
<p>Chrome, Chromium: Settings, Privacy and security, Security, “Manage certificates”, Authorities, “Import”. The whole system (Debian, Ubuntu): <code>sudo cp tablee-ca.crt /usr/local/share/ca-certificates/ &amp;&amp; sudo update-ca-certificates</code></p>
<h2>Firefox, everywhere</h2>
<p>Settings, Privacy &amp; Security, Certificates, “View Certificates”, Authorities, “Import”, tick “Trust this CA to identify websites”.</p>
<p>Then: <a href="/">open Tablée</a></p>
</div>
</html>
`

// Fingerprint is the SHA-256 of a certificate as people compare it.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// trustPage answers /trust.
func (h *Handler) trustPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	// Who has gone away does not need the answer.
	_, _ = io.WriteString(w, strings.ReplaceAll(trustText, "{{fingerprint}}", Fingerprint(h.cfg.Authority)))
}

// authority answers with the certificate, in the form that all systems open.
func (h *Handler) authority(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Header().Set("Content-Disposition", `attachment; filename="tablee-ca.crt"`)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(h.cfg.Authority)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(h.cfg.Authority)
	}
}
