// Plain `npm install` would install only the root's dependencies and look as if it had worked.
if (!(process.env.npm_config_user_agent ?? '').startsWith('pnpm/')) {
  console.error(
    'This workspace is installed with pnpm. Run `npm start` or `npm test`: they install it,',
  );
  console.error('or: npx --yes pnpm@10.34.9 install --frozen-lockfile');
  process.exit(1);
}
