/** This browser is a stranger to the server: ask for the token. */
import { useState } from "react";
import type { Credentials } from "../api/credentials";
import mark from "../assets/loom.svg";
import "./signIn.css";

export function SignIn({ credentials, done }: { credentials: Credentials; done(): void }) {
  const [wrong, setWrong] = useState(false);
  return (
    <main className="sign-in">
      <form
        onSubmit={async (event) => {
          event.preventDefault();
          const token = String(new FormData(event.currentTarget).get("token") ?? "").trim();
          if (await credentials.signIn(token).catch(() => false)) done();
          else setWrong(true);
        }}
      >
        <img src={mark} alt="" width="44" height="44" />
        <h1>Latent Loom</h1>
        <p className="muted">
          This server asks for its token. <code>loom serve --open</code> opens the editor with it; it also
          stands in <code>server.json</code> in the state folder.
        </p>
        <label>
          Token
          <input name="token" type="password" autoComplete="off" required aria-invalid={wrong} />
        </label>
        {wrong && (
          <p role="alert" className="sign-in-wrong">
            The server does not take this token.
          </p>
        )}
        <button type="submit" className="button primary">
          Sign in
        </button>
      </form>
    </main>
  );
}
