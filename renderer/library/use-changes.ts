import { useEffect } from 'react';
import { useModel } from '../app/model.ts';

/** Looks for changed files whenever the person comes back to the window. */
export function useChanges(): void {
  const { library } = useModel();
  useEffect(() => {
    const look = (): void => void library.getState().lookForChanges();
    window.addEventListener('focus', look);
    return () => window.removeEventListener('focus', look);
  }, [library]);
}
