// A handler that does nothing: what the platform itself takes.
export const handler = async () => ({ statusCode: 200, body: '{}' });
