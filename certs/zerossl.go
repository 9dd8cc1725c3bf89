package certs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3/acme"
)

// ZeroSSL's ACME service takes accounts that are bound to an address of e-mail only; this call makes the binding.
const zeroSSLBinding = "https://api.zerossl.com/acme/eab-credentials-email"

// maxBinding bounds its answer, in bytes.
const maxBinding = 16 << 10

// bind is called before an account is made.
func (ca Authority) bind(ctx context.Context, iss *certmagic.ACMEIssuer, account acme.Account) (acme.Account, error) {
	if iss.ExternalAccount != nil {
		return account, nil
	}
	eab, err := zeroSSLCredentials(ctx, ca.Binding, iss.Email)
	if err != nil {
		return acme.Account{}, fmt.Errorf("bind an account: %w", err)
	}
	iss.ExternalAccount = eab
	return account, nil
}

func zeroSSLCredentials(ctx context.Context, endpoint, email string) (*acme.EAB, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(url.Values{"email": {email}}.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var said struct {
		Success bool   `json:"success"`
		KeyID   string `json:"eab_kid"`
		Key     string `json:"eab_hmac_key"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxBinding)).Decode(&said); err != nil {
		return nil, fmt.Errorf("read its answer: %w", err)
	}
	if !said.Success || said.KeyID == "" || said.Key == "" {
		return nil, errors.New("it refused")
	}
	return &acme.EAB{KeyID: said.KeyID, MACKey: said.Key}, nil
}
